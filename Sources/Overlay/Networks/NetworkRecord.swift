import Addressing
import OverlayCore

/// A bridged network, as all peers know it.
struct NetworkRecord: Sendable, Hashable {
    /// Its VNI.
    var vni: UInt32
    /// Its ranges, one of each family at most.
    var prefixes: [IPPrefix]
    /// It was removed; the entry stays, so that nobody brings it back.
    var isRemoved = false

    /// The longest name.
    static let nameLimit = 48

    /// The entry's key.
    static func key(_ name: String) -> ReplicatedEntry.Key {
        ReplicatedEntry.Key(kind: .network, name: Array(name.utf8))
    }

    /// The entry's value: a format number (1), flags, the VNI in four bytes, then each prefix as its family (4 or 6),
    /// its length and its address; network order.
    var value: [UInt8] {
        var bytes: [UInt8] = [1, isRemoved ? 1 : 0]
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: vni >> UInt32(shift)))
        }
        for prefix in prefixes {
            bytes.append(prefix.family == .ipv4 ? 4 : 6)
            bytes.append(UInt8(prefix.length))
            prefix.address.appendNetworkBytes(to: &bytes)
        }
        return bytes
    }

    /// A network from its parts.
    init(vni: UInt32, prefixes: [IPPrefix], isRemoved: Bool = false) {
        self.vni = vni
        self.prefixes = prefixes
        self.isRemoved = isRemoved
    }

    /// A network from an entry's value; nil where it is none.
    init?(value: [UInt8]) {
        guard value.count >= 6, value.count <= 512, value[0] == 1 else { return nil }
        isRemoved = value[1] & 1 != 0
        vni = value[2..<6].reduce(0) { $0 << 8 | UInt32($1) }
        prefixes = []
        var rest = value[6...]
        while let kind = rest.popFirst() {
            guard let length = rest.popFirst() else { return nil }
            let count = kind == 4 ? 4 : 16
            guard kind == 4 || kind == 6, rest.count >= count,
                let address = IPAddress(networkBytes: rest.prefix(count)),
                let prefix = IPPrefix(address, length: Int(length)), prefix.address == address
            else { return nil }
            prefixes.append(prefix)
            rest = rest.dropFirst(count)
        }
        guard (1...0xff_ffff).contains(vni), !prefixes.isEmpty, rest.isEmpty else { return nil }
    }

    /// The VNI that a network gets unless told otherwise: from its name, so that two hosts that make the same network
    /// at once make the same one, and the next if that is taken.
    static func freeVNI(for name: String, taken: Set<UInt32>) -> UInt32? {
        // FNV-1a, 32 bits.
        let hash = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let (first, count) = (UInt32(0x10_0000), UInt32(0x10_0000))
        for step in 0..<min(count, UInt32(taken.count) + 1) {
            let vni = first + (hash &+ step) % count
            if !taken.contains(vni) { return vni }
        }
        return nil
    }

    /// How the peers share out its ranges: in blocks of some 16 to 256 IPv4 addresses.
    func sharedRanges(network: String) -> [IPAMRange] {
        prefixes.compactMap { prefix in
            let blockLength =
                prefix.family == .ipv4 ? min(30, max(24, prefix.length + 4)) : min(124, max(80, prefix.length + 8))
            return IPAMRange(id: network, prefix: prefix, blockLength: blockLength)
        }
    }

    /// What is wrong with a name; nil where nothing is.
    static func problem(ofName name: String) -> String? {
        let isWellFormed =
            name.utf8.allSatisfy { byte in
                (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
            } && !name.hasPrefix("-") && !name.hasSuffix("-")
        guard (1...nameLimit).contains(name.utf8.count), isWellFormed else {
            return "network name \"\(name)\": must be 1 to \(nameLimit) lower-case letters, digits and inner \"-\""
        }
        return nil
    }
}
