import Addressing
import OverlayCore

/// What is wrong with the configuration, and what would be right.
public struct OverlayConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The flag, its value, the fault and the remedy.
    public var description: String

    init(_ description: String) { self.description = description }
}

extension OverlayConfiguration {
    /// UDP port of VXLAN: the one after the mesh's.
    public var vxlanPort: UInt16 { port &+ 1 }

    /// Refuses what cannot work, before anything is touched.
    public func check() throws(OverlayConfigurationError) {
        try checkRanges()
        try checkNames()
        guard port > 0, port < .max else {
            throw OverlayConfigurationError("--port \(port): must be 1 to 65534, as VXLAN takes the next port")
        }
        guard (1...0xff_ffff).contains(vni) else {
            throw OverlayConfigurationError("--vni \(vni): must be 1 to 16777215")
        }
        if let podMTU, !(576...65_000).contains(podMTU) {
            throw OverlayConfigurationError("--mtu \(podMTU): must be 576 to 65000 bytes")
        }
        if let podMTU, podMTU < 1_280, ranges.contains(where: { $0.family == .ipv6 }) {
            throw OverlayConfigurationError(
                "--mtu \(podMTU): IPv6 needs 1280 bytes; give more, or an IPv4 range alone (--range)"
            )
        }
        for (flag, name) in [("--vxlan-device", vxlanDevice), ("--wireguard-device", wireGuardDevice)] {
            guard Self.isDeviceName(name) else {
                throw OverlayConfigurationError(
                    "\(flag) \(name): a device name has 1 to 15 characters, without \"/\", \":\" and spaces"
                )
            }
        }
        guard vxlanDevice != wireGuardDevice else {
            throw OverlayConfigurationError("--wireguard-device \(wireGuardDevice): is the VXLAN device's name already")
        }
        if let endpoint, endpoint.isUnspecified || endpoint.isMulticast || endpoint.isLoopback {
            throw OverlayConfigurationError("--endpoint \(endpoint): must be an address that other hosts reach")
        }
        switch bootstrap {
        case .seeds(let names):
            guard !names.isEmpty, Set(names).count == names.count else {
                throw OverlayConfigurationError("--ipam-seed: must name different peers, separated by commas")
            }
        case .initialPeers(let count):
            guard (1...1_000).contains(count) else {
                throw OverlayConfigurationError("--initial-peers \(count): must be 1 to 1000")
            }
        }
    }

    private func checkNames() throws(OverlayConfigurationError) {
        for (flag, name) in [("--cluster", cluster), ("--name", name ?? "-")] where !Self.isName(name) {
            throw OverlayConfigurationError(
                "\(flag) \"\(name)\": must be 1 to 253 visible ASCII characters, without spaces and commas"
            )
        }
        for target in targets where Target(target, defaultPort: port) == nil {
            throw OverlayConfigurationError("peer \"\(target)\": must be host, host:port or [address]:port")
        }
    }

    /// What stays one word in lists, tables and logs.
    private static func isName(_ name: String) -> Bool {
        (1...253).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: ",") }
    }

    private func checkRanges() throws(OverlayConfigurationError) {
        guard !ranges.isEmpty else {
            throw OverlayConfigurationError("--range: must name a range, for example 10.32.0.0/12")
        }
        for family in IPFamily.allCases where ranges.count(where: { $0.family == family }) > 1 {
            throw OverlayConfigurationError("--range: has two ranges of \(family); give one of each family at most")
        }
        for range in ranges {
            let length = blockLengths[range.family] ?? range.family.bitCount
            let longest = range.family == .ipv4 ? 30 : 124
            guard length >= range.length, length - range.length <= 24, length <= longest else {
                throw OverlayConfigurationError(
                    """
                    --block-length \(length): must be \(range.length) to \(min(longest, range.length + 24)) in the \
                    range \(range)
                    """
                )
            }
            guard !range.overlaps(PeerID.wireGuardPrefix) else {
                throw OverlayConfigurationError(
                    "--range \(range): overlaps \(PeerID.wireGuardPrefix), which the encrypted path needs"
                )
            }
            guard !range.address.isMulticast, !range.address.isLoopback, !range.address.isUnspecified else {
                throw OverlayConfigurationError("--range \(range): must be unicast addresses that the cluster may use")
            }
        }
    }

    /// What the kernel takes (`dev_valid_name`).
    static func isDeviceName(_ name: String) -> Bool {
        (1...15).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
    }
}
