import Addressing
import NFTables

/// The objects of the service proxy's data plane for one family, as the design has them: the layout that everything
/// this library writes must be able to carry.
struct DataplaneLayout {
    let family: IPFamily
    /// Given, the map of endpoints has that size.
    var endpointCapacity: UInt32?

    init(family: IPFamily) { self.family = family }

    var table: TableID { TableID(family: TableFamily(family), name: "trama") }

    /// Key of a frontend: address, protocol, port.
    var frontend: [DataType] { [address, .inetProtocol, .inetService] }
    var address: DataType { family == .ipv4 ? .ipv4Address : .ipv6Address }

    /// What loads a frontend's key from a packet.
    var frontendSelectors: [Selector] { [.destinationAddress(family), .transportProtocol, .destinationPort] }

    /// Words that an address takes; the fields of a key follow each other.
    var addressWords: Int { family.byteCount / 4 }

    /// An address of the family, by number.
    func address(_ number: UInt32) -> IPAddress {
        family == .ipv4
            ? .v4(0x0a00_0000 | number) : .v6(high: 0xfd00_0000_0000_0000, low: UInt64(number))
    }

    func prefix(_ number: UInt32, length: Int) -> [Element] {
        guard let prefix = IPPrefix(address(number), length: family == .ipv4 ? length : 96 + length) else { return [] }
        return Element.interval(prefix)
    }

    /// A frontend's key, and what follows it in the maps of endpoints.
    func key(_ number: UInt32, _ transport: TransportProtocol = .tcp, port: UInt16 = 80) -> RegisterValue {
        var key = RegisterValue(address(number))
        key.append(transport)
        key.append(networkOrder: port)
        return key
    }

    func key(_ number: UInt32, slot: UInt32) -> RegisterValue {
        var key = key(number)
        key.append(hostOrder: slot)
        return key
    }

    /// An endpoint: address and port.
    func endpoint(_ number: UInt32, port: UInt16 = 8080) -> RegisterValue {
        var value = RegisterValue(address(number))
        value.append(networkOrder: port)
        return value
    }
}

// MARK: - Sets

extension DataplaneLayout {
    /// How maps of endpoints are declared: the slot's place is a number, whatever computes it.
    func endpointMap(_ name: String) -> NamedSet {
        NamedSet(
            name,
            typeof: frontendSelectors + [.randomNumber(modulus: 2)],
            value: [.destinationAddress(family), .destinationPort],
            size: endpointCapacity
        )
    }

    var sets: [NamedSet] {
        [
            endpointMap("endpoints"),
            endpointMap("local-endpoints"),
            endpointMap("hashed-endpoints"),
            NamedSet("frontends", key: frontend, value: .verdict, comment: "what clients dial"),
            NamedSet("no-endpoints", key: frontend, value: .verdict),
            NamedSet("record", key: frontend, value: .verdict),
            NamedSet("cluster-ips", key: [address]),
            NamedSet("service-cidrs", key: [address], flags: .interval),
            NamedSet("pod-cidrs", key: [address], flags: .interval, mergesRanges: true),
            NamedSet("hairpin", key: [address, address]),
            NamedSet("restricted", key: frontend, size: 1000),
            NamedSet("source-ranges", key: frontend + [address], flags: .interval),
            NamedSet(
                "sticky-1",
                key: [address, .inetProtocol],
                value: .data([address, .inetService]),
                flags: [.dynamic, .timeout],
                timeout: .seconds(10800),
                size: 65536
            ),
            NamedSet("marks", key: [.mark], value: .data([address])),
        ]
    }

    var elements: [(set: String, elements: [Element])] {
        var range = key(1)
        range.append(address(0x10000))
        var rangeEnd = key(1)
        rangeEnd.append(address(0x1ffff))
        var hairpin = RegisterValue(address(0x101))
        hairpin.append(address(0x101))
        return [
            ("endpoints", (0..<3).map { Element(key(1, slot: $0), value: .data(endpoint(0x100 + $0))) }),
            ("local-endpoints", [Element(key(1, slot: 0), value: .data(endpoint(0x100)))]),
            ("hashed-endpoints", (0..<251).map { Element(key(1, slot: $0), value: .data(endpoint(0x100 + $0 % 3))) }),
            (
                "frontends",
                [
                    Element(key(1), value: .verdict(.goto("internal-3")), comment: "default/web:http"),
                    Element(key(1, .udp, port: 53), value: .verdict(.goto("sticky-1"))),
                    Element(key(2), value: .verdict(.goto("external-local-3-2")), comment: "default/web:http"),
                ]
            ),
            (
                "no-endpoints",
                [
                    Element(key(3), value: .verdict(.goto("no-endpoint"))),
                    Element(key(4, .sctp), value: .verdict(.drop)),
                ]
            ),
            ("record", [Element(key(1, .udp, port: 53), value: .verdict(.goto("record-1")))]),
            ("cluster-ips", [Element(RegisterValue(address(1))), Element(RegisterValue(address(3)))]),
            ("service-cidrs", prefix(0, length: 24)),
            ("pod-cidrs", prefix(0x100, length: 24) + prefix(0x300, length: 24)),
            ("hairpin", [Element(hairpin)]),
            ("restricted", [Element(key(1))]),
            ("source-ranges", [Element(range, through: rangeEnd)]),
        ]
    }
}

// MARK: - Chains and rules

extension DataplaneLayout {
    static let masqueradeMark: UInt32 = 0x4000

    var chains: [Chain] {
        [
            Chain("prerouting", hook: BaseHook(.nat, .prerouting, priority: .dstnat), comment: "from elsewhere"),
            Chain("output", hook: BaseHook(.nat, .output, priority: .dstnat)),
            Chain("postrouting", hook: BaseHook(.nat, .postrouting, priority: .srcnat)),
            Chain("forward", hook: BaseHook(.filter, .forward, priority: .filter)),
            Chain("firewall", hook: BaseHook(.filter, .prerouting, priority: .dstnat - 10)),
            Chain("record-prerouting", hook: BaseHook(.filter, .prerouting, priority: .dstnat + 1)),
            Chain("record-output", hook: BaseHook(.filter, .output, priority: -99)),
        ]
            + [
                "lb-3", "local-lb-2", "hashed-251", "internal-3", "external-3", "external-local-3-2", "sticky-1",
                "record-1", "no-endpoint",
            ].map { Chain($0) }
    }

    /// `dnat … map @endpoints`: the look-up of a slot, whose number `slot` loads, and the translation.
    private func balance(_ map: String, slot: (Register) -> [Expression]) -> [Expression] {
        Expression.load(frontendSelectors) + slot(.word(addressWords + 2)) + [
            .lookup(.word(0), in: map, into: .word(0)),
            .destinationNAT(family, address: .word(0), port: .word(addressWords)),
        ]
    }

    private func random(_ modulus: UInt32) -> (Register) -> [Expression] {
        { [.load(.randomNumber(modulus: modulus), into: $0)] }
    }

    /// `jhash ip saddr . th sport mod 251 seed 0x1234`, computed in the words behind the key.
    private func hash(_ destination: Register) -> [Expression] {
        let first = addressWords + 4
        return [
            .load(.sourceAddress(family), into: .word(first)),
            .load(.sourcePort, into: .word(first + addressWords)),
            .hash(
                .init(
                    .jenkins(source: .word(first), byteCount: UInt32(family.byteCount + 4), seed: 0x1234),
                    modulus: 251,
                    into: destination
                )
            ),
        ]
    }

    private var recorded: [Expression] {
        Expression.ifConnection(in: .new) + Expression.ifConnection(has: .destinationNAT)
            + Expression.load([.originalDestinationAddress(family), .transportProtocol, .originalDestinationPort])
            + [.lookup(.word(0), in: "record", into: .verdict)]
    }

    private var addressTypeLocal: [Expression] { Expression.ifAddressType(of: .sourceAddress, is: .local) }

    private func goto(_ chain: String) -> Expression { .verdict(.goto(chain)) }

    /// The rules of each chain, with comments.
    var rules: [(chain: String, rule: Rule)] {
        let mark = Expression.setMark(Self.masqueradeMark)
        let dispatch = Expression.load(frontendSelectors) + [.lookup(.word(0), in: "frontends", into: .verdict)]
        let fromPod: [Expression] = [.load(.sourceAddress(family), into: .word(0)), .lookup(.word(0), in: "pod-cidrs")]
        let notFromPod: [Expression] = [
            .load(.sourceAddress(family), into: .word(0)), .lookup(.word(0), in: "pod-cidrs", inverted: true),
        ]
        let destination: Expression = .load(.destinationAddress(family), into: .word(0))
        let new = Expression.ifConnection(in: .new)
        let unserved = Expression.load(frontendSelectors) + [.lookup(.word(0), in: "no-endpoints", into: .verdict)]
        let restricted = Expression.load(frontendSelectors) + [.lookup(.word(0), in: "restricted")]
        let outOfRange =
            Expression.load(frontendSelectors + [.sourceAddress(family)])
            + [.lookup(.word(0), in: "source-ranges", inverted: true)]
        let pair = Expression.load([.sourceAddress(family), .destinationAddress(family)])
        let refresh =
            Expression.load([.sourceAddress(family), .transportProtocol])
            + Expression.load([.destinationAddress(family), .destinationPort], from: addressWords + 1)
            + [
                .dynamicSet(
                    .init(
                        .update,
                        in: "sticky-1",
                        key: .word(0),
                        value: .word(addressWords + 1),
                        timeout: .seconds(3600)
                    )
                )
            ]
        let sticky =
            Expression.load([.sourceAddress(family), .transportProtocol]) + [
                .lookup(.word(0), in: "sticky-1", into: .word(0)),
                .destinationNAT(family, address: .word(0), port: .word(addressWords)),
            ]
        return [
            ("lb-3", Rule(balance("endpoints", slot: random(3)))),
            ("local-lb-2", Rule(balance("local-endpoints", slot: random(2)))),
            ("hashed-251", Rule(balance("hashed-endpoints", slot: hash))),
            ("internal-3", Rule(notFromPod + mark)),
            ("internal-3", Rule([goto("lb-3")])),
            ("external-3", Rule(mark)),
            ("external-3", Rule([goto("lb-3")])),
            ("external-local-3-2", Rule(fromPod + [goto("lb-3")])),
            ("external-local-3-2", Rule(addressTypeLocal + mark)),
            ("external-local-3-2", Rule(addressTypeLocal + [goto("lb-3")])),
            ("external-local-3-2", Rule([goto("local-lb-2")])),
            ("sticky-1", Rule(sticky)),
            ("sticky-1", Rule([goto("lb-3")])),
            ("record-1", Rule(refresh)),
            ("record-prerouting", Rule(recorded)),
            ("record-output", Rule(recorded)),
            ("no-endpoint", Rule(Expression.ifTransport(.tcp) + [.reject(.tcpReset)])),
            ("no-endpoint", Rule([.rejectPortUnreachable(family)], comment: "no endpoints")),
            ("prerouting", Rule(dispatch)),
            ("output", Rule(dispatch)),
            ("forward", Rule(new + unserved)),
            ("forward", Rule([destination, .lookup(.word(0), in: "cluster-ips"), .rejectPortUnreachable(family)])),
            ("forward", Rule([destination, .lookup(.word(0), in: "service-cidrs"), .verdict(.drop)])),
            ("firewall", Rule(new + restricted + outOfRange + [.verdict(.drop)])),
            ("postrouting", Rule(Expression.ifMark(Self.masqueradeMark, isSet: false) + [.verdict(.return)])),
            ("postrouting", Rule(Expression.flipMark(Self.masqueradeMark))),
            ("postrouting", Rule([.counter(.init()), .masquerade(.init(flags: .fullyRandom))])),
            ("postrouting", Rule(pair + [.lookup(.word(0), in: "hairpin"), .masquerade(.init(flags: .fullyRandom))])),
        ]
    }
}

// MARK: - All of it

extension DataplaneLayout {
    /// Makes the whole layout.
    var transaction: Transaction {
        var transaction = Transaction()
        transaction.addTable(Table(id: table, comment: "service proxy"))
        for set in sets { transaction.addSet(set, in: table) }
        for chain in chains { transaction.addChain(chain, in: table) }
        for (chain, rule) in rules { transaction.addRule(rule, chain: chain, in: table) }
        for (set, elements) in elements { transaction.addElements(elements, set: set, in: table) }
        return transaction
    }
}
