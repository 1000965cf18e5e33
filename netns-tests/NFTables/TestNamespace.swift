import NFTables
import Netlink

/// A network namespace of one test; gone when nothing refers to it.
final class TestNamespace: Sendable {
    let namespace: NetworkNamespace

    init() throws { namespace = try NetworkNamespace.makeAnonymous() }

    /// A connection to the kernel's nftables in it.
    func connection() throws -> NFTablesConnection { try NFTablesConnection(in: namespace) }

    /// Runs `nft` in it.
    func nft(_ arguments: String..., input: String = "") throws -> NFTProgram.Outcome {
        try NFTProgram.run(arguments, input: input, in: namespace)
    }

    /// `nft list ruleset`.
    func listRuleset() throws -> NFTProgram.Outcome { try nft("list", "ruleset") }

    /// `nft -f -`.
    func load(_ text: String) throws -> NFTProgram.Outcome { try nft("-f", "-", input: text) }
}
