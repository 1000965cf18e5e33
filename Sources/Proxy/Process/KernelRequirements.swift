import Addressing
import NFTables
import ServiceDataplane

/// What the kernel must have for our rules, tried before the first of them: a missing module is then named, instead of a failed
/// transaction of ten thousand elements.
enum KernelRequirements {
    /// An expression that the kernel refuses, and what to do about it.
    struct MissingError: Error, CustomStringConvertible {
        let missing: [String]

        var description: String {
            """
            the kernel lacks \(missing.joined(separator: ", ")): load the modules or build them in \
            (CONFIG_NF_TABLES, CONFIG_NFT_NUMGEN, CONFIG_NFT_FIB_IPV4, CONFIG_NFT_FIB_IPV6, CONFIG_NFT_NAT, CONFIG_NFT_MASQ, \
            CONFIG_NFT_REJECT, CONFIG_NFT_CT); Linux 5.13 or newer is needed
            """
        }
    }

    /// Tries each expression in a transaction that makes a table and deletes it again, so that nothing is left or seen.
    ///
    /// - Throws: ``MissingError``, or what keeps the process from using nftables at all.
    static func check(_ backend: any NFTablesBackend, families: [IPFamily]) async throws {
        var missing: [String] = []
        for family in families {
            for (name, expressions) in needs(family) {
                do {
                    try await backend.commit(probe(expressions, family: family))
                } catch .rejected(let rejection, _) {
                    missing.append("`\(name)` for \(family) (\(rejection))")
                }
            }
        }
        guard missing.isEmpty else { throw MissingError(missing: missing) }
    }

    private static func needs(_ family: IPFamily) -> [(name: String, expressions: [Expression])] {
        [
            ("numgen", [.load(.randomNumber(modulus: 2), into: .word(0))]),
            ("fib", Expression.ifAddressType(of: .sourceAddress, is: .local)),
            ("ct", Expression.ifConnection(in: .new)),
            ("masquerade", [.masquerade(.init(flags: .fullyRandom))]),
        ]
    }

    private static func probe(_ expressions: [Expression], family: IPFamily) -> Transaction {
        let table = TableID(family: TableFamily(family), name: "trama-probe")
        var transaction = Transaction()
        transaction.addTable(Table(id: table, flags: .dormant))
        let hook = BaseHook(.nat, .postrouting, priority: .srcnat)
        transaction.addChain(Chain("probe", hook: hook), in: table)
        transaction.addRule(expressions, chain: "probe", in: table)
        transaction.deleteTable(table)
        return transaction
    }
}
