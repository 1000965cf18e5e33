import Addressing
import Glibc
import Netlink

/// One network namespace with what tests do in it.
final class Host: Sendable {
    /// What the host is called in names of links and in failures.
    let name: String
    let namespace: NetworkNamespace
    /// Its links, addresses, routes and neighbours.
    let network: RouteConnection

    /// A host in a fresh anonymous namespace, with its loopback up.
    static func make(_ name: String) async throws -> Host {
        let host = try Host(name, NetworkNamespace.makeAnonymous())
        // Links made from now on can be used at once, without a second of duplicate address detection.
        try host.sysctl("net/ipv6/conf/default/accept_dad", "0")
        try await host.network.setLink(1, .init(isUp: true))
        return host
    }

    private init(_ name: String, _ namespace: consuming NetworkNamespace) throws(NetlinkError) {
        self.name = name
        network = try RouteConnection(in: namespace)
        self.namespace = namespace
    }

    /// Runs a program inside; see ``Program/run(_:in:input:)``.
    @discardableResult
    func run(_ arguments: String..., input: String = "") async throws -> String {
        try await Program.run(arguments, in: namespace.duplicate(), input: input)
    }

    /// Sets a sysctl of the namespace.
    func sysctl(_ path: String, _ value: String) throws(NetlinkError) {
        try Sysctl.write(path: path, value, in: namespace)
    }

    /// Gives a link an address, which is usable at once.
    func addAddress(_ address: String, to link: String) async throws {
        let fields = address.split(separator: "/")
        guard fields.count == 2, let value = IPAddress(fields[0]), let length = Int(fields[1]) else {
            throw NetlinkError(operation: "parse address \(address)", errno: EINVAL)
        }
        try await network.addAddress(
            InterfaceAddress(
                interface: try await index(of: link),
                address: value,
                prefixLength: length,
                flags: value.family == .ipv6 ? .noDuplicateDetection : []
            )
        )
    }

    /// Adds a route by way of a gateway.
    func addRoute(to destination: String, via gateway: String) async throws {
        guard let prefix = IPPrefix(destination), let address = IPAddress(gateway) else {
            throw NetlinkError(operation: "parse route \(destination) via \(gateway)", errno: EINVAL)
        }
        try await network.addRoute(Route(to: prefix, nextHops: [.init(gateway: address)]))
    }

    /// The ifindex of a link.
    func index(of link: String) async throws -> UInt32 {
        guard let found = try await network.link(named: link) else {
            throw NetlinkError(operation: "find link \(link) of host \(name)", errno: ENODEV)
        }
        return found.index
    }

    /// Joins two hosts by a veth pair whose ends are up.
    static func join(_ left: Host, _ leftLink: String, _ right: Host, _ rightLink: String) async throws {
        let peer = LinkKind.VethPeer(name: rightLink, namespaceDescriptor: right.namespace.fileDescriptor)
        try await left.network.addLink(Link(name: leftLink, kind: .veth(peer: peer)))
        try await left.network.setLink(try await left.index(of: leftLink), .init(isUp: true))
        try await right.network.setLink(try await right.index(of: rightLink), .init(isUp: true))
    }
}
