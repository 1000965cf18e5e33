import Addressing
import NFTables

/// A transaction with every operation and every instruction, with long names.
enum EstimateSample {
    static func transaction(_ family: IPFamily) -> Transaction {
        let name = String(repeating: "n", count: 255)
        let comment = String(repeating: "c", count: 127)
        let table = TableID(family: TableFamily(family), name: name)
        let wide = RegisterValue(bytes: [UInt8](repeating: 0xff, count: 64)) ?? RegisterValue()
        let address: DataType = family == .ipv4 ? .ipv4Address : .ipv6Address
        let key = RegisterValue(family == .ipv4 ? .v4(1) : .v6(high: 1, low: 1))
        var transaction = Transaction()
        transaction.addTable(Table(id: table, flags: .dormant, comment: comment))
        transaction.addChain(
            Chain(name, hook: BaseHook(.nat, .prerouting, priority: .dstnat), comment: comment),
            in: table
        )
        transaction.addSet(
            NamedSet(
                name,
                key: [address, .inetService],
                value: .data([address]),
                flags: [.interval, .timeout, .dynamic],
                timeout: .seconds(9),
                size: 9,
                mergesRanges: true,
                comment: comment
            ),
            in: table
        )
        transaction.addSet(
            NamedSet(
                name,
                typeof: [
                    .sourceAddress(family), .originalDestinationAddress(family), .mark, .randomNumber(modulus: 9),
                ],
                value: [.destinationAddress(family), .destinationPort]
            ),
            in: table
        )
        for expression in expressions(name, wide, family) {
            transaction.addRule([expression], comment: comment, chain: name, in: table)
        }
        transaction.addRule(expressions(name, wide, family), chain: name, in: table)
        let elements = [
            Element(wide, through: wide, value: .data(wide), timeout: .seconds(1), comment: comment),
            Element(key, value: .verdict(.goto(name)), timeout: .seconds(1), comment: comment),
            Element([1]),
        ]
        transaction.addElements(elements, set: name, in: table)
        transaction.addElements(
            (0..<4000).map { Element(RegisterValue(hostOrder: $0), value: .verdict(.goto("lb"))) },
            set: "s",
            in: table
        )
        transaction.deleteElements(elements, set: name, in: table)
        transaction.destroyElements(elements, set: name, in: table)
        transaction.flushSet(name, in: table)
        transaction.deleteSet(name, in: table)
        transaction.flushChain(name, in: table)
        transaction.deleteRule(handle: .max, chain: name, in: table)
        transaction.deleteChain(name, in: table)
        transaction.deleteTable(table)
        return transaction
    }

    private static func expressions(_ name: String, _ wide: RegisterValue, _ family: IPFamily) -> [Expression] {
        [
            .payload(.init(.transport, offset: 2, byteCount: 2, into: .word(0))),
            .meta(.load(.mark, into: .word(1))), .meta(.set(.mark, from: .word(1))),
            .conntrack(.load(.destinationPort, .original, into: .word(0))),
            .conntrack(.set(.mark, nil, from: .word(0))),
            .compare(.init(.word(0), .less, wide)),
            .range(.init(.word(0), from: wide, through: wide, inverted: true)),
            .bitwise(.init(.word(0), into: .word(0), mask: wide, flip: wide)),
            .lookup(.init(.word(0), in: name, into: .word(4), inverted: true)),
            .immediate(.data(wide, into: .word(0))), .verdict(.jump(name)),
            .nat(
                .init(
                    .source,
                    family,
                    address: .word(0),
                    lastAddress: .word(4),
                    port: .word(8),
                    lastPort: .word(9),
                    flags: [.random, .persistent]
                )
            ),
            .masquerade(.init(flags: .fullyRandom)), .noTrack(.init()),
            .masquerade(.init(port: .word(0), lastPort: .word(1), flags: .fullyRandom)),
            .reject(.tcpReset), .reject(.unreachable(code: 3)), .reject(.unreachableOfEitherFamily(code: 1)),
            .numberGenerator(.init(.incremental, modulus: 9, offset: 1, into: .word(0))),
            .hash(.init(.jenkins(source: .word(0), byteCount: 8, seed: 1), modulus: 9, offset: 1, into: .word(0))),
            .hash(.init(.symmetric, modulus: 9, into: .word(0))),
            .fib(.init(.outgoingInterface, of: [.sourceAddress, .mark], into: .word(0))),
            .dynamicSet(.init(.add, in: name, key: .word(0), value: .word(4), timeout: .seconds(1))),
            .counter(.init(packets: 1, bytes: 2)),
            .limit(.init(.bytes, rate: 9, perSeconds: 60, burst: 1, inverted: true)),
        ]
    }
}
