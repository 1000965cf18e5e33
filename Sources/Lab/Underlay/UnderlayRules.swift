public import NFTables

/// What is dropped in the underlay, as one table: packets between parted hosts, and some of all others.
///
/// The links of the underlay are called after the hosts, so that a pair of links is a pair of hosts whatever families
/// and protocols they speak; on a bridge ARP and neighbour discovery are dropped as well.
public enum UnderlayRules {
    /// The table's name.
    public static let tableName = "trama-lab"
    private static let chainName = "between-hosts"

    /// The transaction that puts the table in place of what is there.
    public static func transaction(isRouted: Bool, partitions: [Partition], lostOf200: Int) -> Transaction {
        let table = TableID(family: isRouted ? .inet : .bridge, name: tableName)
        let chain = Chain(chainName, hook: BaseHook(.filter, .forward, priority: .filter))
        var transaction = Transaction()
        // Added first, so that it can be deleted whether it was there or not.
        transaction.addTable(Table(id: table))
        transaction.deleteTable(table)
        transaction.addTable(Table(id: table))
        transaction.addChain(chain, in: table)
        var seen: Set<[String]> = []
        for (one, other) in partitions.flatMap(\.pairs) where seen.insert([one, other].sorted()).inserted {
            for (incoming, outgoing) in [(one, other), (other, one)] {
                transaction.addRule(
                    Rule(between(incoming, outgoing) + [.verdict(.drop)], comment: "\(one) parted from \(other)"),
                    chain: chainName,
                    in: table
                )
            }
        }
        if lostOf200 > 0 {
            transaction.addRule(
                Rule(loss(lostOf200), comment: "loss \(lostOf200)/200"),
                chain: chainName,
                in: table
            )
        }
        return transaction
    }

    private static func between(_ incoming: String, _ outgoing: String) -> [Expression] {
        [
            .meta(.load(.incomingInterfaceName, into: .word(0))), .equal(.word(0), name(incoming)),
            .meta(.load(.outgoingInterfaceName, into: .word(0))), .equal(.word(0), name(outgoing)),
        ]
    }

    /// A link's name as the kernel compares it: all of its 16 bytes.
    private static func name(_ link: String) -> RegisterValue {
        let bytes = Array(link.utf8.prefix(15))
        return RegisterValue(bytes: bytes + [UInt8](repeating: 0, count: 16 - bytes.count)) ?? RegisterValue()
    }

    private static func loss(_ lostOf200: Int) -> [Expression] {
        // The number is in the host's order, while bytes are compared: the order is the same for numbers of one byte.
        [
            .numberGenerator(.init(.random, modulus: 200, into: .word(0))),
            .compare(.init(.word(0), .less, RegisterValue(hostOrder: UInt32(clamping: lostOf200)))),
            .verdict(.drop),
        ]
    }
}
