public import Addressing
import Glibc
public import Netlink

extension LabHost {
    /// Sets a sysctl of the host.
    ///
    /// - Parameter path: Below `/proc/sys`: `net/ipv4/ip_forward`.
    public func setSysctl(_ path: String, _ value: String) throws(NetlinkError) {
        try Sysctl.write(path: path, value, in: namespace)
    }

    /// Makes the host a router, of both families.
    public func forwardPackets() throws(NetlinkError) {
        try setSysctl("net/ipv4/ip_forward", "1")
        try setSysctl("net/ipv6/conf/all/forwarding", "1")
    }

    /// The ifindex of a link.
    public func index(of link: String) async throws(NetlinkError) -> UInt32 {
        guard let found = try await network.link(named: link) else {
            throw NetlinkError(operation: "find link \(link) of host \(name)", errno: ENODEV)
        }
        return found.index
    }

    /// Makes a bridge that is up.
    public func addBridge(_ link: String) async throws(NetlinkError) {
        // Snooping forgets who listens where nobody asks, and multicast is what neighbour discovery is made of.
        try await network.addLink(Link(name: link, kind: .bridge(.init(multicastSnooping: false))))
        try await network.setLink(try await index(of: link), .init(isUp: true))
    }

    /// Makes a link a port of a bridge.
    public func addPort(_ link: String, to bridge: String) async throws(NetlinkError) {
        let master = try await index(of: bridge)
        try await network.setLink(try await index(of: link), .init(master: master))
    }

    /// Deletes a link; one that is not there is no error.
    public func deleteLink(_ link: String) async throws(NetlinkError) {
        guard let found = try await network.link(named: link) else { return }
        do {
            try await network.deleteLink(found.index)
        } catch  where error.isMissing {}
    }

    /// Gives a link an address, which can be used at once.
    ///
    /// - Parameter length: How many bits of it name the subnet.
    public func addAddress(_ address: IPAddress, length: Int, to link: String) async throws(NetlinkError) {
        try await network.addAddress(
            InterfaceAddress(
                interface: try await index(of: link),
                address: address,
                prefixLength: length,
                flags: address.family == .ipv6 ? .noDuplicateDetection : []
            )
        )
    }

    /// Gives a link an address, which can be used at once: `10.0.0.1/24`.
    public func addAddress(_ address: String, to link: String) async throws(NetlinkError) {
        let fields = address.split(separator: "/", omittingEmptySubsequences: false)
        guard fields.count == 2, let value = IPAddress(fields[0]), let length = Int(fields[1]),
            0...value.family.bitCount ~= length
        else { throw NetlinkError(operation: "parse address \(address)", errno: EINVAL) }
        try await addAddress(value, length: length, to: link)
    }

    /// Adds a route by way of a gateway.
    public func addRoute(to destination: IPPrefix, via gateway: IPAddress) async throws(NetlinkError) {
        try await network.addRoute(Route(to: destination, nextHops: [.init(gateway: gateway)]))
    }

    /// Adds a route by way of a gateway: `0.0.0.0/0` by `10.0.0.1`.
    public func addRoute(to destination: String, via gateway: String) async throws(NetlinkError) {
        guard let prefix = IPPrefix(destination), let address = IPAddress(gateway) else {
            throw NetlinkError(operation: "parse route \(destination) via \(gateway)", errno: EINVAL)
        }
        try await addRoute(to: prefix, via: address)
    }

    /// Joins two hosts by a veth pair whose ends are up.
    ///
    /// - Parameter mtu: Of both ends, in bytes; nil leaves the kernel's 1500.
    public static func join(
        _ left: LabHost,
        _ leftLink: String,
        _ right: LabHost,
        _ rightLink: String,
        mtu: UInt32? = nil
    ) async throws(NetlinkError) {
        let peer = LinkKind.VethPeer(
            name: rightLink,
            namespaceDescriptor: right.namespace.fileDescriptor,
            mtu: mtu
        )
        try await left.network.addLink(Link(name: leftLink, kind: .veth(peer: peer), mtu: mtu))
        try await left.network.setLink(try await left.index(of: leftLink), .init(isUp: true))
        try await right.network.setLink(try await right.index(of: rightLink), .init(isUp: true))
    }
}
