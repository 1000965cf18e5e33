extension MeshMessage {
    /// The largest message, in bytes, without the length that the transport puts before it.
    public static let maximumByteCount = 1 << 20

    /// Appends the message's bytes.
    public func encode(into bytes: inout [UInt8]) {}

    /// The number of bytes that ``encode(into:)`` appends; costs much less.
    public var encodedByteCount: Int { 0 }

    /// A message from all of its bytes.
    public init(decoding bytes: ArraySlice<UInt8>) throws(MeshCodecError) { throw .truncated }
}
