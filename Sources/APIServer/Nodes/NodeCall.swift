import APIRegistry
import JSON
import KubernetesAPI

/// A request to a node, before it is sent.
struct NodeCall: Sendable, Hashable {
    /// Where the node serves.
    var endpoint: NodeEndpoint
    /// Path and query.
    var target: String
    /// What the connection becomes; nil for a request with an answer.
    var upgrade: UpgradeRequest?

    /// The URL, for messages.
    var url: String { "https://\(endpoint.authority)\(target)" }
}

/// Where a node serves what only it knows.
struct NodeEndpoint: Sendable, Hashable {
    /// The node's name, which its certificate must be for, or else for its address.
    var node: String
    /// An address, or a name where the node tells none.
    var host: String
    /// The TCP port.
    var port: Int

    /// Host and port, as in a URL.
    var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Kinds of addresses, the preferred first.
    private static let kinds = ["InternalIP", "ExternalIP", "InternalDNS", "Hostname", "ExternalDNS"]
    private static let usualPort = 10_250

    init(node: String, host: String, port: Int) {
        self.node = node
        self.host = host
        self.port = port
    }

    /// Where that Node says that it serves.
    init(_ node: JSONValue) throws(Refusal) {
        let name = node["metadata"]?["name"]?.string ?? ""
        let addresses = node["status"]?["addresses"]?.array ?? []
        let found = Self.kinds.lazy.compactMap { kind in
            addresses.first { $0["type"]?.string == kind }?["address"]?.string
        }.first
        guard let found, !found.isEmpty else {
            throw .internalError("node \(name): no preferred addresses found; known addresses: []")
        }
        let port = node["status"]?["daemonEndpoints"]?["kubeletEndpoint"]?["Port"]?.integer.flatMap { Int(exactly: $0) }
        let isUsable = port.map { (1...65_535).contains($0) } ?? false
        self.init(node: name, host: found, port: isUsable ? port ?? Self.usualPort : Self.usualPort)
    }
}
