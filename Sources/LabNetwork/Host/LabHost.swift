public import Netlink

/// One host: a network namespace, with what is done in it.
///
/// A host of a name is bound to `/run/netns/NAME`, as `ip netns` does, so that `ip netns exec NAME` finds it; it lives
/// until ``remove()``, or the machine stops. An anonymous one is gone with this object and the last process in it.
public final class LabHost: Sendable {
    /// What the host is called, in errors too.
    public let name: String
    /// The namespace.
    public let namespace: NetworkNamespace
    /// Its links, addresses, routes and neighbours.
    public let network: RouteConnection

    /// Makes a host that is found by its name, with its loopback up.
    ///
    /// - Throws: `EEXIST` where there is a namespace of that name, `EINVAL` where it cannot be the name of one.
    public static func make(name: String) async throws(NetlinkError) -> LabHost {
        let namespace = try NetworkNamespace.makeAnonymous()
        try NamespaceDirectory.bind(namespace, to: name)
        do {
            let host = try LabHost(name, namespace)
            try await host.prepare()
            return host
        } catch {
            NamespaceDirectory.remove(name)
            throw error
        }
    }

    /// Makes a host that nobody finds by name, with its loopback up; it cannot be left behind.
    public static func makeAnonymous(name: String) async throws(NetlinkError) -> LabHost {
        let host = try LabHost(name, NetworkNamespace.makeAnonymous())
        try await host.prepare()
        return host
    }

    /// The host of that name, which was made before; also by `ip netns add`.
    public static func open(name: String) throws(NetlinkError) -> LabHost {
        try NamespaceDirectory.check(name)
        return try LabHost(name, NetworkNamespace(name: name))
    }

    /// The host that the caller's thread is in.
    public static func current(name: String) throws(NetlinkError) -> LabHost {
        try LabHost(name, NetworkNamespace.current())
    }

    private init(_ name: String, _ namespace: consuming NetworkNamespace) throws(NetlinkError) {
        self.name = name
        network = try RouteConnection(in: namespace)
        self.namespace = namespace
    }

    /// Takes the name away; the namespace, with all links in it, is gone with the last process in it.
    ///
    /// A host that has no name, or has none any more, stays as it is.
    public func remove() {
        NamespaceDirectory.remove(name)
    }

    /// Removes the host of that name, whatever is left of it.
    public static func remove(name: String) {
        NamespaceDirectory.remove(name)
    }

    private func prepare() async throws(NetlinkError) {
        // Links made from now on can be used at once, without a second of duplicate address detection.
        try setSysctl("net/ipv6/conf/default/accept_dad", "0")
        try await network.setLink(1, .init(isUp: true))
    }
}
