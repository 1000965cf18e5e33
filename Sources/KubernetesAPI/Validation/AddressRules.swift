public import Addressing

/// What addresses and ranges in objects must look like, in upstream's words: each rule returns what is wrong with a
/// text, nothing where it is good.
///
/// Source: `k8s.io/apimachinery/pkg/util/validation/ip.go`, `ValidateNonSpecialIP` of `pkg/apis/core/validation`.
public enum AddressRules {
    /// An IP address in the one way that all programs read alike.
    ///
    /// - Parameter family: The family that it must belong to; nil for any.
    public static func address(_ text: String, family: IPFamily? = nil) -> [String] {
        guard let address = IPAddress(text) else {
            return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
        }
        var problems: [String] = []
        if hasLeadingZeros(text) {
            problems.append("must not have leading 0s; write \(address)")
        } else if address.family == .ipv4, text.utf8.contains(UInt8(ascii: ":")) {
            problems.append("must not be an IPv4-mapped IPv6 address; write \(address)")
        }
        if let family, family != address.family { problems.append("must be an \(family) address") }
        return problems
    }

    /// An IP address that can be a host's; whether it is an address at all is another rule.
    public static func hostAddress(_ text: String) -> [String] {
        guard let address = IPAddress(text) else { return [] }
        var problems: [String] = []
        if address.isUnspecified { problems.append("may not be unspecified (\(text))") }
        if address.isLoopback { problems.append("may not be in the loopback range (127.0.0.0/8, ::1/128)") }
        if address.isLinkLocal { problems.append("may not be in the link-local range (169.254.0.0/16, fe80::/10)") }
        if isLinkLocalMulticast(address) {
            problems.append("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
        }
        return problems
    }

    /// An address range; bits after the prefix are allowed, as API servers let them through.
    public static func prefix(_ text: String) -> [String] {
        guard let prefix = IPPrefix(text) else {
            return ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]
        }
        return hasLeadingZeros(text) ? ["must not have leading 0s; write \(prefix)"] : []
    }

    private static func isLinkLocalMulticast(_ address: IPAddress) -> Bool {
        switch address {
        case .v4(let value): value >> 8 == 0xe00000
        case .v6(let high, _): high >> 48 & 0xff0f == 0xff02
        }
    }

    /// Whether a number of dotted decimal text, or a prefix length, has a zero too many; some programs take it for octal.
    private static func hasLeadingZeros(_ text: String) -> Bool {
        let halves = text.utf8.split(separator: UInt8(ascii: "/"))
        guard let address = halves.first else { return false }
        let dotted = address.contains(UInt8(ascii: ".")) ? address.split(separator: UInt8(ascii: ":")).last : nil
        let numbers = (dotted?.split(separator: UInt8(ascii: ".")) ?? []) + halves.dropFirst()
        return numbers.contains { $0.count > 1 && $0.first == UInt8(ascii: "0") }
    }
}
