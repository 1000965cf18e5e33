import Addressing
import JSON

extension Validation {
    private static let addressRule = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
    private static let prefixRule = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"

    // MARK: Ports

    /// A port number that packets can carry.
    mutating func port(_ field: FieldPath, _ number: Int) {
        if !(1...65535).contains(number) { invalid(field, number, "must be between 1 and 65535, inclusive") }
    }

    /// A port number, or the name of a container's port.
    mutating func targetPort(_ field: FieldPath, _ text: String) {
        if let number = Int(text) {
            port(field, number)
            return
        }
        let isName =
            (1...15).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || JSONReader.isDigit($0)
                    || $0 == UInt8(ascii: "-")
            }
            && text.utf8.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        if !isName {
            invalid(
                field,
                text,
                "must be a port number, or a name of at most 15 lower case letters, digits and '-' with at least one "
                    + "letter"
            )
        }
    }

    /// `TCP`, `UDP` or `SCTP`.
    mutating func transportProtocol(_ field: FieldPath, _ text: String) {
        if text.isEmpty {
            required(field)
        } else if TransportProtocol(kubernetes: text) == nil {
            unsupported(field, text, supported: TransportProtocol.allCases.map(\.description))
        }
    }

    // MARK: Addresses

    /// An IP address in the one way that all programs read alike.
    ///
    /// - Returns: The address; nil where it is none.
    @discardableResult
    mutating func address(_ field: FieldPath, _ text: String, family: IPFamily? = nil) -> IPAddress? {
        guard let address = IPAddress(text) else {
            invalid(field, text, Self.addressRule)
            return nil
        }
        if Self.hasLeadingZeros(text) {
            invalid(field, text, "must not have leading 0s; write \(address)")
        } else if address.family == .ipv4, text.utf8.contains(UInt8(ascii: ":")) {
            invalid(field, text, "must not be an IPv4-mapped IPv6 address; write \(address)")
        }
        if let family, family != address.family {
            invalid(field, text, "must be an \(family) address")
        }
        return address
    }

    /// An IP address that can be a host's.
    mutating func hostAddress(_ field: FieldPath, _ text: String, family: IPFamily? = nil) {
        guard let address = address(field, text, family: family) else { return }
        if address.isUnspecified { invalid(field, text, "may not be unspecified (0.0.0.0 or ::)") }
        if address.isLoopback { invalid(field, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)") }
        if address.isLinkLocal {
            invalid(field, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)")
        }
        if address.isMulticast { invalid(field, text, "may not be in the multicast range (224.0.0.0/4, ff00::/8)") }
    }

    /// An address range; bits after the prefix are allowed, as old API servers let them through.
    @discardableResult
    mutating func prefix(_ field: FieldPath, _ text: String) -> IPPrefix? {
        guard let prefix = IPPrefix(text) else {
            invalid(field, text, Self.prefixRule)
            return nil
        }
        if Self.hasLeadingZeros(text) { invalid(field, text, "must not have leading 0s; write \(prefix)") }
        return prefix
    }

    /// One value, or one of each family.
    ///
    /// - Parameter what: What they are, such as `IP`.
    mutating func onePerFamily(_ field: FieldPath, _ texts: [String], _ families: [IPFamily], _ what: String) {
        if texts.count > 2 || Set(families).count < families.count {
            invalid(field, texts, "may specify no more than one \(what) for each IP family, i.e. [IPv4, IPv6]")
        }
    }

    /// Whether a number of dotted decimal text, or a prefix length, has a zero too many; some programs take it for octal.
    private static func hasLeadingZeros(_ text: String) -> Bool {
        let halves = text.utf8.split(separator: UInt8(ascii: "/"))
        let dotted = halves[0].contains(UInt8(ascii: ".")) ? halves[0].split(separator: UInt8(ascii: ":")).last : nil
        let numbers = (dotted?.split(separator: UInt8(ascii: ".")) ?? []) + halves.dropFirst()
        return numbers.contains { $0.count > 1 && $0.first == UInt8(ascii: "0") }
    }
}
