extension ReplicatedEntry {
    /// Appends the entry: kind, one byte; length of the name, one byte; the name; the version as a variable-length
    /// integer (LEB128); the value, to the end.
    ///
    /// Whoever keeps or sends more than one puts a length before each.
    public func encode(into bytes: inout [UInt8]) {
        bytes.append(key.kind.rawValue)
        bytes.append(UInt8(clamping: key.name.count))
        bytes.append(contentsOf: key.name.prefix(255))
        Field.append(varint: version, to: &bytes)
        bytes.append(contentsOf: value)
    }

    /// The number of bytes that ``encode(into:)`` appends.
    public var encodedByteCount: Int { storage.encodedByteCount }

    /// An entry from all of its bytes. Whether it is well-formed is another question.
    public init(decoding bytes: ArraySlice<UInt8>) throws(MeshCodecError) {
        var reader = FieldReader(bytes)
        let kind = try reader.byte()
        let nameByteCount = Int(try reader.byte())
        guard nameByteCount <= Self.maximumNameByteCount else { throw .tooLarge("the name of a key") }
        let name = [UInt8](try reader.take(nameByteCount))
        let version = try reader.varint()
        let value = [UInt8](reader.rest())
        guard value.count <= Self.maximumValueByteCount else { throw .tooLarge("a value") }
        self.init(key: Key(kind: Kind(rawValue: kind), name: name), version: version, value: value)
    }
}
