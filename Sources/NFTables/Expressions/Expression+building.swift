public import Addressing

// The short forms that rules are written with.
extension Expression {
    /// `accept`, `drop`, `goto …`: ends the rule.
    public static func verdict(_ verdict: Verdict) -> Expression { .immediate(.verdict(verdict)) }

    /// Loads what a selector looks at into registers from there on.
    public static func load(_ selector: Selector, into register: Register) -> Expression {
        selector.expression(into: register)
    }

    /// Loads selectors as the fields of one key, each from the word after the one before it.
    public static func load(_ selectors: [Selector], from firstWord: Int = 0) -> [Expression] {
        var word = firstWord
        return selectors.map { selector in
            defer { word += (selector.dataType.byteCount + 3) / 4 }
            return selector.expression(into: .word(word))
        }
    }

    /// Goes on if a register equals a constant.
    public static func equal(_ register: Register, _ value: RegisterValue) -> Expression {
        .compare(Compare(register, .equal, value))
    }

    /// Goes on if a register differs from a constant.
    public static func notEqual(_ register: Register, _ value: RegisterValue) -> Expression {
        .compare(Compare(register, .notEqual, value))
    }

    /// Looks up registers in a set.
    public static func lookup(_ source: Register, in set: String, inverted: Bool = false) -> Expression {
        .lookup(Lookup(source, in: set, inverted: inverted))
    }

    /// Looks up registers in a map, into registers, or into the verdict.
    public static func lookup(_ source: Register, in map: String, into destination: Register) -> Expression {
        .lookup(Lookup(source, in: map, into: destination))
    }

    /// Translates the destination to the address, and port, in those registers.
    public static func destinationNAT(_ family: IPFamily, address: Register, port: Register?) -> Expression {
        .nat(NAT(.destination, family, address: address, port: port))
    }

    /// `meta mark set meta mark or bits`. Uses word 0.
    public static func setMark(_ bits: UInt32) -> [Expression] { changeMark(keeping: ~bits, flipping: bits) }

    /// `meta mark set meta mark and not bits`. Uses word 0.
    public static func clearMark(_ bits: UInt32) -> [Expression] { changeMark(keeping: ~bits, flipping: 0) }

    /// `meta mark set meta mark xor bits`. Uses word 0.
    public static func flipMark(_ bits: UInt32) -> [Expression] { changeMark(keeping: .max, flipping: bits) }

    /// `meta mark and bits != 0`, or `== 0`. Uses word 0.
    public static func ifMark(_ bits: UInt32, isSet: Bool) -> [Expression] {
        [.meta(.load(.mark, into: .word(0)))] + ifAny(of: bits, isSet: isSet)
    }

    /// `ct state`: goes on if the connection is in one of those states. Uses word 0.
    public static func ifConnection(in states: Conntrack.State) -> [Expression] {
        [.conntrack(.load(.state, nil, into: .word(0)))] + ifAny(of: states.rawValue, isSet: true)
    }

    /// `ct status`: goes on if the connection has one of those bits. Uses word 0.
    public static func ifConnection(has statuses: Conntrack.Status) -> [Expression] {
        [.conntrack(.load(.status, nil, into: .word(0)))] + ifAny(of: statuses.rawValue, isSet: true)
    }

    /// `fib saddr type local` or another address and type. Uses word 0.
    public static func ifAddressType(of address: FIB.Flags, is type: FIB.AddressType) -> [Expression] {
        [
            .fib(FIB(.addressType, of: address, into: .word(0))),
            .equal(.word(0), RegisterValue(hostOrder: type.rawValue)),
        ]
    }

    /// `meta l4proto`: goes on if the packet is of that protocol. Uses word 0.
    public static func ifTransport(_ transport: TransportProtocol) -> [Expression] {
        [.load(.transportProtocol, into: .word(0)), .equal(.word(0), RegisterValue(transport.rawValue))]
    }

    /// `reject` as `nft` writes it for a table of that family: port unreachable.
    public static func rejectPortUnreachable(_ family: IPFamily) -> Expression {
        .reject(.unreachable(code: family == .ipv4 ? 3 : 4))
    }

    private static func ifAny(of bits: UInt32, isSet: Bool) -> [Expression] {
        let zero = RegisterValue(hostOrder: 0)
        return [
            .bitwise(Bitwise(.word(0), into: .word(0), mask: RegisterValue(hostOrder: bits), flip: zero)),
            isSet ? .notEqual(.word(0), zero) : .equal(.word(0), zero),
        ]
    }

    private static func changeMark(keeping mask: UInt32, flipping flip: UInt32) -> [Expression] {
        [
            .meta(.load(.mark, into: .word(0))),
            .bitwise(
                Bitwise(
                    .word(0),
                    into: .word(0),
                    mask: RegisterValue(hostOrder: mask),
                    flip: RegisterValue(hostOrder: flip)
                )
            ),
            .meta(.set(.mark, from: .word(0))),
        ]
    }
}
