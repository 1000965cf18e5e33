import Addressing
import Glibc
import Netlink

/// The link of a WireGuard device: what is the same whatever the device is made of.
struct DeviceLink: ~Copyable, Sendable {
    let name: String
    let namespace: NetworkNamespace
    let network: RouteConnection

    init(name: String, in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        guard Self.isValid(name) else {
            throw NetlinkError(
                operation: "use device name \(name)",
                errno: EINVAL,
                message: "a device's name has 1 to 15 letters, digits, dots, dashes or underscores"
            )
        }
        let copy = try namespace.duplicate()
        let network = try RouteConnection(in: namespace)
        self.name = name
        self.namespace = copy
        self.network = network
    }

    /// Whether a name is one that the kernel takes, and that is no path and no pattern (`wg%d`) to others.
    static func isValid(_ name: String) -> Bool {
        let others = Set("._-".utf8)
        return (1...15).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: others.contains(byte)
                }
            }
    }

    /// The link as it is; nil where there is none.
    func find() async throws(NetlinkError) -> Link? {
        try await network.link(named: name)
    }

    /// The error where the name is somebody else's.
    var nameInUse: NetlinkError {
        NetlinkError(
            operation: "make link \(name)",
            errno: EEXIST,
            message: "there is a link of that name that is not ours; rename it, or configure another name"
        )
    }

    /// Makes the link what the configuration says, and brings it up; returns what had to change, in words.
    func adjust(_ link: Link, to configuration: WireGuardConfiguration) async throws(NetlinkError) -> [String] {
        var repairs: [String] = []
        if !link.flags.contains(.up) {
            // Neighbours are not looked for, and no other address is wanted: silence. A kernel without IPv6 has none.
            try? Sysctl.write(path: "net/ipv6/conf/\(name)/addr_gen_mode", "1", in: namespace)
        }
        if link.mtu != configuration.mtu {
            repairs.append("MTU \(configuration.mtu)")
            try await network.setLink(link.index, .init(mtu: configuration.mtu))
        }
        let present = try await network.addresses(interface: link.index).filter { $0.interface == link.index }
        for wanted in configuration.addresses {
            let isThere = present.contains {
                $0.address == wanted.address && $0.prefixLength == wanted.prefixLength && !$0.flags.contains(.duplicate)
            }
            guard !isThere else { continue }
            repairs.append("address \(wanted.address)/\(wanted.prefixLength)")
            try await add(wanted, to: link)
        }
        // Addresses of a family of which the configuration has none are somebody else's business.
        let families = Set(configuration.addresses.map(\.address.family))
        for address in present where !address.address.isLinkLocal && families.contains(address.address.family) {
            let wanted = WireGuardConfiguration.Address(address.address, prefixLength: address.prefixLength)
            guard !configuration.addresses.contains(wanted) else { continue }
            repairs.append("no address \(wanted.address)/\(wanted.prefixLength)")
            try await network.removeAddress(address)
        }
        if !link.flags.contains(.up) {
            repairs.append("up")
            try await network.setLink(link.index, .init(isUp: true))
        }
        return repairs
    }

    private func add(_ wanted: WireGuardConfiguration.Address, to link: Link) async throws(NetlinkError) {
        if wanted.address.family == .ipv6 {
            // A host may have IPv6 switched off everywhere; inside the tunnel it is needed, and harmless.
            try? Sysctl.write(path: "net/ipv6/conf/\(name)/disable_ipv6", "0", in: namespace)
        }
        let address = InterfaceAddress(
            interface: link.index,
            address: wanted.address,
            prefixLength: wanted.prefixLength,
            flags: wanted.address.family == .ipv6 ? .noDuplicateDetection : []
        )
        do throws(NetlinkError) {
            try await network.addAddress(address)
        } catch {
            guard error.errno == EEXIST else { throw error }
        }
    }

    /// Removes the link; one that is not there is removed already.
    func remove() async throws(NetlinkError) {
        guard let link = try await find() else { return }
        do throws(NetlinkError) {
            try await network.deleteLink(link.index)
        } catch {
            guard error.errno == ENODEV else { throw error }
        }
    }
}
