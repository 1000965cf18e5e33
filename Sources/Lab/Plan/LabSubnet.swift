public import Addressing

/// Choosing the addresses of a lab's hosts.
public enum LabSubnet {
    /// The subnets that a lab may get, in the order in which they are tried: 10.127.N.0/24, or fd6c:6162:0:N::/64
    /// (`lab`).
    public static func candidates(_ family: IPFamily) -> [IPPrefix] {
        (0...255).compactMap { number in
            switch family {
            case .ipv4: IPPrefix("10.127.\(number).0/24")
            case .ipv6: IPPrefix("fd6c:6162:0:\(hexadecimal(number))::/64")
            }
        }
    }

    /// The subnets of a lab: those given, and for the other families the first ones that overlap with nothing.
    ///
    /// - Parameters:
    ///   - options: What is wanted.
    ///   - taken: What the machine has routes and addresses for, but for its default route, and what other labs have.
    /// - Throws: Where a given one is taken, or none is free.
    public static func choose(_ options: LabOptions, taken: [IPPrefix]) throws(LabError) -> [IPPrefix] {
        let ranges = taken.filter { $0.length > 0 } + options.podRanges + options.clusterIPRanges + ofOverlay
        var chosen: [IPPrefix] = []
        for family in options.families {
            if let given = options.subnets.first(where: { $0.family == family }) {
                if let other = ranges.first(where: { $0.overlaps(given) }) {
                    throw LabError(
                        "--subnet \(given): overlaps with \(other), which is in use here; choose another one"
                    )
                }
                chosen.append(given)
            } else if let free = candidates(family).first(where: { own in !ranges.contains { $0.overlaps(own) } }) {
                chosen.append(free)
            } else {
                throw LabError("no subnet of \(family) is free for the lab's hosts; name one with --subnet")
            }
        }
        return chosen
    }

    /// What the overlay has for the devices of its encrypted path.
    private static var ofOverlay: [IPPrefix] { [IPPrefix("fd74:7261:6d61::/64")].compactMap(\.self) }

    /// The address of that number in a prefix; nil where it has none so high.
    public static func address(_ number: Int, in prefix: IPPrefix) -> IPAddress? {
        var bytes = prefix.address.networkBytes
        var carry = number
        for index in bytes.indices.reversed() where carry > 0 {
            let sum = Int(bytes[index]) + (carry & 0xff)
            bytes[index] = UInt8(truncatingIfNeeded: sum)
            carry = (carry >> 8) + (sum >> 8)
        }
        guard number >= 0, carry == 0, let address = IPAddress(networkBytes: bytes), prefix.contains(address) else {
            return nil
        }
        return address
    }

    private static func hexadecimal(_ number: Int) -> String { String(number, radix: 16) }
}

extension IPPrefix {
    /// Whether both have an address in common.
    func overlaps(_ other: IPPrefix) -> Bool {
        family == other.family && (contains(other.address) || other.contains(address))
    }
}
