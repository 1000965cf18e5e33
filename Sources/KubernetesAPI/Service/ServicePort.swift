/// A port of a Service (`spec.ports[]`).
public struct ServicePort: Sendable, Hashable {
    /// Unique in the Service; empty where it is the only port.
    public var name: String
    /// `TCP`, `UDP` or `SCTP`, as written.
    public var `protocol`: String
    /// The port that clients dial, as written: not necessarily one that exists.
    public var port: Int
    /// The port on the nodes; nil or 0 for none.
    public var nodePort: Int?
    /// The endpoints' port: a number, or the name of a container's port; nil for the same as ``port``.
    public var targetPort: String?

    /// A port from its parts.
    public init(
        name: String = "",
        protocol: String = "TCP",
        port: Int = 0,
        nodePort: Int? = nil,
        targetPort: String? = nil
    ) {
        self.name = name
        self.protocol = `protocol`
        self.port = port
        self.nodePort = nodePort
        self.targetPort = targetPort
    }
}
