import Addressing

extension Validation {
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
        for problem in TextRules.portName(text) { invalid(field, text, problem) }
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
        for problem in AddressRules.address(text, family: family) { invalid(field, text, problem) }
        return IPAddress(text)
    }

    /// An IP address that can be a host's.
    mutating func hostAddress(_ field: FieldPath, _ text: String, family: IPFamily? = nil) {
        guard let address = address(field, text, family: family) else { return }
        let problems = AddressRules.hostAddress(text)
        for problem in problems { invalid(field, text, problem) }
        // API servers let it through.
        if problems.isEmpty, address.isMulticast {
            invalid(field, text, "may not be in the multicast range (224.0.0.0/4, ff00::/8)")
        }
    }

    /// An address range; bits after the prefix are allowed, as old API servers let them through.
    @discardableResult
    mutating func prefix(_ field: FieldPath, _ text: String) -> IPPrefix? {
        for problem in AddressRules.prefix(text) { invalid(field, text, problem) }
        return IPPrefix(text)
    }

    /// One value, or one of each family.
    ///
    /// - Parameter what: What they are, such as `IP`.
    mutating func onePerFamily(_ field: FieldPath, _ texts: [String], _ families: [IPFamily], _ what: String) {
        if texts.count > 2 || Set(families).count < families.count {
            invalid(field, texts, "may specify no more than one \(what) for each IP family, i.e. [IPv4, IPv6]")
        }
    }
}
