public import JSON

extension ObjectError {
    /// What a failure to read an object's JSON says of the object.
    ///
    /// - Parameters:
    ///   - kind: What was to be read.
    ///   - reader: The reader that failed.
    ///   - start: Where the object begins, as the reader's ``JSONReader/offset``.
    public init(_ error: JSONError, kind: String?, in reader: JSONReader, from start: Int) {
        let identity = ObjectIdentity(in: reader, from: start)
        self.init(
            kind: kind,
            namespace: identity.namespace,
            name: identity.name,
            field: reader.path(of: error.offset, from: start),
            reason: error.reason,
            offset: error.offset
        )
    }
}

/// Which object some JSON is about, as far as that can be read.
struct ObjectIdentity {
    private(set) var namespace: String?
    private(set) var name: String?

    /// Looks for `metadata.namespace` and `metadata.name` in the object that begins at `start`.
    init(in reader: JSONReader, from start: Int) {
        namespace = Self.string(at: "metadata.namespace", in: reader, from: start)
        name = Self.string(at: "metadata.name", in: reader, from: start)
    }

    private static func string(at path: FieldPath, in reader: JSONReader, from start: Int) -> String? {
        var reader = reader
        let offset = reader.offset(of: path, from: start)
        // Where the field is not there, the offset is that of an object around it, which is no string.
        reader.rewind(to: JSONReader.Position(valueAt: offset))
        return try? reader.readString()
    }
}
