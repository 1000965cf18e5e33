/// A port of an EndpointSlice (`ports[]`).
public struct EndpointPort: Sendable, Hashable {
    /// The name of the Service's port; nil where nobody said, which is not the same as an empty one.
    public var name: String?
    /// `TCP`, `UDP` or `SCTP`, as written; nil means `TCP`.
    public var `protocol`: String?
    /// The number, as written; nil for "any port", which a proxy has no use for.
    public var port: Int?

    /// A port from its parts.
    public init(name: String? = nil, protocol: String? = nil, port: Int? = nil) {
        self.name = name
        self.protocol = `protocol`
        self.port = port
    }
}
