extension IPAddress: LosslessStringConvertible {
    /// Parses an address as Kubernetes' `ParseIPSloppy` does: RFC 4291 text for IPv6, dotted decimal for IPv4 where
    /// leading zeros are accepted and decimal (`010.0.0.1` is 10.0.0.1).
    ///
    /// Nil for anything else, for zones (`fe80::1%eth0`), and for ports or prefix lengths. An IPv4-mapped IPv6
    /// address (`::ffff:10.0.0.1`) is the IPv4 address, as in Go's `net.IP`.
    public init?(_ text: String) {
        self.init(Substring(text))
    }

    /// The same over a slice.
    public init?(_ text: Substring) {
        let bytes = text.utf8
        if bytes.contains(UInt8(ascii: ":")) {
            guard let (high, low) = Self.parseIPv6(Array(bytes)) else { return nil }
            if high == 0, low >> 32 == 0xffff {
                self = .v4(UInt32(truncatingIfNeeded: low))
            } else {
                self = .v6(high: high, low: low)
            }
        } else {
            guard let value = Self.parseIPv4(bytes) else { return nil }
            self = .v4(value)
        }
    }

    private static func parseIPv4(_ bytes: some Collection<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        var octet: UInt32?
        var octetCount = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let next = (octet ?? 0) * 10 + UInt32(byte - UInt8(ascii: "0"))
                guard next <= 255 else { return nil }
                octet = next
            case UInt8(ascii: "."):
                guard let done = octet, octetCount < 3 else { return nil }
                value = value << 8 | done
                octetCount += 1
                octet = nil
            default:
                return nil
            }
        }
        guard let last = octet, octetCount == 3 else { return nil }
        return value << 8 | last
    }

    private static func parseIPv6(_ bytes: [UInt8]) -> (high: UInt64, low: UInt64)? {
        var groups: [UInt16] = []
        var gap: Int?
        var position = 0
        if bytes.count >= 2, bytes[0] == UInt8(ascii: ":") {
            guard bytes[1] == UInt8(ascii: ":") else { return nil }
            gap = 0
            position = 2
        }
        while position < bytes.count {
            var end = position
            while end < bytes.count, bytes[end] != UInt8(ascii: ":") { end += 1 }
            let field = bytes[position..<end]
            if field.contains(UInt8(ascii: ".")) {
                guard end == bytes.count, let tail = parseIPv4(field) else { return nil }
                groups.append(UInt16(truncatingIfNeeded: tail >> 16))
                groups.append(UInt16(truncatingIfNeeded: tail))
                position = end
                break
            }
            guard (1...4).contains(field.count) else { return nil }
            var group: UInt16 = 0
            for byte in field {
                guard let digit = Self.hexDigit(byte) else { return nil }
                group = group << 4 | digit
            }
            groups.append(group)
            position = end
            guard position < bytes.count else { break }
            position += 1  // the colon
            if position < bytes.count, bytes[position] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups.count
                position += 1
            } else if position == bytes.count {
                return nil  // ends in a single colon
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        return (
            groups[..<4].reduce(0) { $0 << 16 | UInt64($1) },
            groups[4...].reduce(0) { $0 << 16 | UInt64($1) }
        )
    }

    private static func hexDigit(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// Canonical text: dotted decimal without leading zeros, or RFC 5952.
    public var description: String {
        switch self {
        case .v4(let value):
            return "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
        case .v6(let high, let low):
            let groups = [high, low].flatMap { half in
                stride(from: 48, through: 0, by: -16).map { UInt16(truncatingIfNeeded: half >> $0) }
            }
            // RFC 5952 4.2: the longest run of at least two zero groups is shortened, the first of equals.
            var longest = 0..<0
            var start = 0
            while start < 8 {
                var end = start
                while end < 8, groups[end] == 0 { end += 1 }
                if end - start > max(longest.count, 1) { longest = start..<end }
                start = max(end, start + 1)
            }
            let hex = { (range: Range<Int>) in groups[range].map { String($0, radix: 16) }.joined(separator: ":") }
            guard !longest.isEmpty else { return hex(0..<8) }
            return hex(0..<longest.lowerBound) + "::" + hex(longest.upperBound..<8)
        }
    }
}
