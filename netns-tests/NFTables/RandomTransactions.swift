import Addressing
import Glibc
import NFTables

/// Transactions over one small table, made from a seed: many of them wrong, so that refusals are compared too.
struct RandomTransactions {
    private var generator: SplitMix
    let table = TableID(family: .ip, name: "random")

    init(seed: UInt64) { generator = SplitMix(state: seed) }

    /// The next transaction.
    ///
    /// - Parameter present: What the table is now, for what is deleted by handle.
    mutating func next(_ present: Snapshot?) -> Transaction {
        var transaction = Transaction()
        if present == nil { transaction.addTable(Table(id: table)) }
        for _ in 0..<Int.random(in: 1...6, using: &generator) { transaction.append(operation(present)) }
        return transaction
    }

    private static let chains = ["a", "b", "c", "base"]

    static let sets = [
        NamedSet("plain", key: [.ipv4Address, .inetProtocol, .inetService]),
        NamedSet("small", key: [.inetService], size: 4),
        NamedSet("timed", key: [.inetService], flags: .timeout, timeout: .seconds(600)),
        NamedSet("data", key: [.inetService], value: .data([.ipv4Address])),
        NamedSet("verdicts", key: [.inetService], value: .verdict),
        NamedSet("ranges", key: [.ipv4Address, .inetService], flags: .interval),
    ]

    private mutating func operation(_ present: Snapshot?) -> Transaction.Operation {
        switch Int.random(in: 0..<20, using: &generator) {
        case 0: return .addTable(Table(id: table))
        case 1: return chance(8) ? .deleteTable(table) : .addTable(Table(id: table))
        case 2...4: return .addChain(chain(), in: table)
        case 5: return .deleteChain(name(), in: table)
        case 6: return .flushChain(name(), in: table)
        case 7...8: return .addRule(rule(), chain: name(), in: table)
        case 9:
            let rules = present?.rules[Self.chains[1]] ?? []
            let handle = rules.randomElement(using: &generator)?.handle ?? 9999
            return .deleteRule(handle: handle, chain: Self.chains[1], in: table)
        case 10...12: return .addSet(set(), in: table)
        case 13: return .deleteSet(set().name, in: table)
        case 14: return .flushSet(set().name, in: table)
        case 15...17:
            let set = set()
            return .addElements(elements(of: set), set: set.name, in: table)
        default:
            let set = set()
            return Self.isRecentKernel && chance(2)
                ? .destroyElements(elements(of: set), set: set.name, in: table)
                : .deleteElements(elements(of: set), set: set.name, in: table)
        }
    }

    /// Whether the kernel is recent enough to have what the stand-in has: destroying elements came with Linux 6.3,
    /// changing a set's size and today's error for a changed hook soon after.
    private static let isRecentKernel: Bool = {
        var names = utsname()
        uname(&names)
        let release = withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return numbers.count == 2 && (numbers[0], numbers[1]) >= (6, 12)
    }()

    private mutating func chance(_ outOf: Int) -> Bool { Int.random(in: 0..<outOf, using: &generator) == 0 }

    private mutating func name() -> String { Self.chains.randomElement(using: &generator) ?? "a" }

    private mutating func chain() -> Chain {
        let name = name()
        guard name == "base" else { return Chain(name) }
        return Chain(
            name,
            hook: BaseHook(.filter, .input, priority: Self.isRecentKernel && chance(6) ? .srcnat : .filter)
        )
    }

    private mutating func set() -> NamedSet {
        var set = Self.sets.randomElement(using: &generator) ?? Self.sets[0]
        // Now and then another definition under the same name.
        if set.name == "small", Self.isRecentKernel, chance(6) { set.size = 9 }
        return set
    }

    private mutating func verdict() -> Verdict {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: .accept
        case 1: .drop
        case 2: .return
        // Only forward, so that chains never lead in a circle.
        default: .goto(chance(8) ? "base" : "c")
        }
    }

    private mutating func rule() -> Rule {
        let comment = chance(3) ? "rule \(Int.random(in: 0..<9, using: &generator))" : nil
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return Rule([.counter(.init()), .verdict(.accept)], comment: comment)
        case 1: return Rule(Expression.ifTransport(.udp) + [.verdict(.drop)], comment: comment)
        case 2:
            return Rule(
                Expression.load([.destinationAddress(.ipv4), .transportProtocol, .destinationPort])
                    + [.lookup(.word(0), in: "plain", inverted: chance(2))],
                comment: comment
            )
        default:
            return Rule([.load(.destinationPort, into: .word(0)), .lookup(.word(0), in: "small")], comment: comment)
        }
    }

    private mutating func elements(of set: NamedSet) -> [Element] {
        (0..<Int.random(in: 1...4, using: &generator)).map { _ in element(of: set) }
    }

    private mutating func element(of set: NamedSet) -> Element {
        let number = UInt16.random(in: 0..<8, using: &generator)
        let port = RegisterValue(networkOrder: number)
        switch set.name {
        case "plain":
            var key = RegisterValue(.v4(0x0a00_0000 | UInt32(number)))
            key.append(.tcp)
            key.append(networkOrder: 80)
            return Element(key, comment: number == 3 ? "three" : nil)
        case "timed": return Element(port, timeout: number == 2 ? .seconds(300) : nil)
        case "data":
            let value = RegisterValue(.v4(UInt32.random(in: 1...2, using: &generator)))
            return Element(port, value: chance(20) ? .verdict(.drop) : .data(value))
        case "verdicts": return Element(port, value: .verdict(verdict()))
        case "ranges":
            var first = RegisterValue(.v4(0x0a00_0000 | UInt32(number) << 8))
            var last = RegisterValue(.v4(0x0a00_0000 | UInt32(number) << 8 | 255))
            first.append(networkOrder: 80)
            last.append(networkOrder: 80)
            return Element(first, through: last)
        default: return chance(20) ? Element(RegisterValue(.v4(1))) : Element(port)
        }
    }
}

/// Sebastiano Vigna's generator: small, and the same everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
