import Addressing

/// Names below `in-addr.arpa` and `ip6.arpa` (RFC 1035, 3.5; RFC 3596, 2.5).
enum ReverseName {
    private static let ipv4 = DNSName("in-addr.arpa") ?? .root
    private static let ipv6 = DNSName("ip6.arpa") ?? .root

    /// The address whose name is asked for; nil for any other name.
    static func address(_ name: DNSName) -> IPAddress? {
        if let labels = name.labels(before: ipv4) {
            guard labels.count == 4 else { return nil }
            let text = labels.reversed().joined(separator: ".")
            guard let address = IPAddress(text), address.description == text else { return nil }
            return address
        }
        guard let labels = name.labels(before: ipv6), labels.count == 32 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (index, label) in labels.reversed().enumerated() {
            guard label.utf8.count == 1, let digit = label.first?.hexDigitValue else { return nil }
            if index < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
        }
        return .v6(high: high, low: low)
    }

    /// The name that stands for an address.
    static func name(of address: IPAddress) -> DNSName {
        switch address {
        case .v4:
            return ipv4.prepending(labels: address.networkBytes.reversed().map { "\($0)" })
        case .v6:
            let digits = address.networkBytes.reversed().flatMap { [$0 & 0xf, $0 >> 4] }
            return ipv6.prepending(labels: digits.map { String($0, radix: 16) })
        }
    }
}

extension DNSName {
    /// With labels before it that are known to fit.
    fileprivate func prepending(labels: [String]) -> DNSName {
        labels.reversed().reduce(self) { $0.prepending(Array($1.utf8)) ?? $0 }
    }
}
