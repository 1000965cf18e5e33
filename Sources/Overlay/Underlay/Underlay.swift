import Addressing
import Netlink

/// The network below: where our tunnels begin.
struct Underlay: Sendable, Hashable {
    /// The address that tunnels begin at.
    var address: IPAddress
    /// The length of its subnet.
    var prefixLength: Int
    /// Its interface's index.
    var interface: UInt32
    /// The largest packet that leaves by the interface in one piece, in bytes.
    var mtu: UInt32
    /// All addresses of this host that others may reach it at; ``address`` is the first.
    var addresses: [IPAddress]
}

/// What this host's addresses and routes are, as far as choosing an underlay needs.
struct HostNetwork: Sendable, Hashable {
    /// Every interface.
    var links: [Link] = []
    /// Every address.
    var addresses: [InterfaceAddress] = []
    /// Every default route.
    var defaultRoutes: [Route] = []
}

extension HostNetwork {
    /// The underlay, or nil while no address will do.
    ///
    /// In this order: the address that was asked for; one in a subnet of a target; the one of the default route with
    /// the lowest metric; the lowest interface's. The one in use is kept as long as it will do.
    ///
    /// - Parameters:
    ///   - wanted: The address of `--endpoint`.
    ///   - targets: Addresses of peers, for which an address in their subnet is best.
    ///   - current: The address in use.
    ///   - isOurs: Whether an interface, by name, is one that we or pods use.
    ///   - excluded: Ranges that are inside tunnels.
    func underlay(
        wanted: IPAddress?,
        targets: [IPAddress],
        current: IPAddress?,
        excluding excluded: [IPPrefix],
        isOurs: (String) -> Bool
    ) -> Underlay? {
        let names = Dictionary(links.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
        let candidates = addresses.filter { address in
            guard let link = names[address.interface], link.flags.contains(.up), !link.flags.contains(.loopback) else {
                return false
            }
            return !isOurs(link.name) && address.isUsable && !excluded.contains { $0.contains(address.address) }
        }
        guard let chosen = choose(candidates, wanted: wanted, targets: targets, current: current) else { return nil }
        let others = candidates.map(\.address).filter { $0 != chosen.address }
        return Underlay(
            address: chosen.address,
            prefixLength: chosen.prefixLength,
            interface: chosen.interface,
            mtu: names[chosen.interface]?.mtu ?? 1_500,
            addresses: [chosen.address] + others
        )
    }

    private func choose(
        _ candidates: [InterfaceAddress],
        wanted: IPAddress?,
        targets: [IPAddress],
        current: IPAddress?
    ) -> InterfaceAddress? {
        if let wanted { return candidates.first { $0.address == wanted } }
        // The one in use stays only as long as no other is better: a bridge's must give way when the network is up.
        for choices in [near(targets, candidates), ofDefaultRoutes(candidates), candidates] where !choices.isEmpty {
            if let kept = choices.first(where: { $0.address == current }) { return kept }
            if choices != candidates { return choices.first }
        }
        return candidates.min {
            ($0.address.family.bitCount, $0.interface) < ($1.address.family.bitCount, $1.interface)
        }
    }

    private func near(_ targets: [IPAddress], _ candidates: [InterfaceAddress]) -> [InterfaceAddress] {
        targets.flatMap { target in candidates.filter { $0.subnet?.contains(target) ?? false } }
    }

    /// The addresses of the interfaces that default routes lead to, those of the lowest metric first.
    private func ofDefaultRoutes(_ candidates: [InterfaceAddress]) -> [InterfaceAddress] {
        defaultRoutes.sorted { ($0.metric ?? 0) < ($1.metric ?? 0) }.flatMap { route in
            route.nextHops.compactMap(\.interface).flatMap { interface in
                let onInterface = candidates.filter {
                    $0.interface == interface && $0.address.family == route.destination.family
                }
                return onInterface.filter { $0.address == route.preferredSource }
                    + onInterface.filter { $0.address != route.preferredSource }
            }
        }
    }
}

extension InterfaceAddress {
    /// The subnet that the address is in.
    fileprivate var subnet: IPPrefix? { IPPrefix(address, length: prefixLength) }

    /// Other hosts can reach it, and it will stay.
    fileprivate var isUsable: Bool {
        var transient: InterfaceAddressFlags = [.deprecated, .tentative, .duplicate]
        // One bit with two names: IFA_F_SECONDARY of IPv4, where it is harmless, and IFA_F_TEMPORARY of IPv6.
        if address.family == .ipv6 { transient.insert(.secondary) }
        return scope == .universe && flags.isDisjoint(with: transient) && !address.isLinkLocal
    }
}
