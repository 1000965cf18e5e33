import Addressing
import NFTables
import Testing

@Suite("the data plane's layout in the kernel", .enabled(if: Privilege.isAvailable, "needs root"))
struct LayoutTests {
    @Test("what is written reads back equal, and as the stand-in has it", arguments: IPFamily.allCases)
    func readsBackEqual(family: IPFamily) async throws {
        let layout = DataplaneLayout(family: family)
        let fake = FakeNFTables()
        try await fake.commit(layout.transaction)
        let expected = try #require(await fake.snapshot(of: layout.table))
        let (written, _) = try await Self.write(layout)

        #expect(written.table == expected.table)
        #expect(written.chains == expected.chains)
        for (name, set) in expected.sets { #expect(written.sets[name] == set) }
        for (chain, rules) in expected.rules {
            #expect(written.rules[chain]?.map(\.rule) == rules.map(\.rule), "chain \(chain)")
        }
        for (set, elements) in expected.elements {
            #expect(Set(written.elements[set] ?? []) == Set(elements), "set \(set)")
        }
        #expect(written == expected)
    }

    @Test("nft lists all of it, and loads what it listed", arguments: IPFamily.allCases)
    func reloads(family: IPFamily) async throws {
        let layout = DataplaneLayout(family: family)
        let (written, namespace) = try await Self.write(layout)
        let listed = try namespace.listRuleset()
        try #require(listed.status == 0, "\(listed.errors)")
        #expect(listed.output.contains("typeof \(layout.ipName) daddr . meta l4proto . th dport . numgen random mod 2"))
        #expect(listed.output.contains("ct original \(layout.ipName) daddr . meta l4proto . ct original proto-dst"))

        let other = try TestNamespace()
        let loadable = layout.withoutUnparsable(listed.output)
        let loaded = try other.load(loadable)
        try #require(loaded.status == 0, "\(loaded.errors)")
        #expect(Self.lines(of: try other.listRuleset().output) == Self.lines(of: loadable))

        let reloaded = try #require(try await other.connection().snapshot(of: layout.table))
        #expect(reloaded.sets == written.sets)
        #expect(reloaded.chains == written.chains)
        for (set, elements) in written.elements {
            // nft begins an interval set with the end of nothing at zero.
            let loaded = (reloaded.elements[set] ?? []).filter {
                !($0.isIntervalEnd && $0.key.bytes.allSatisfy { $0 == 0 })
            }
            #expect(Set(loaded) == Set(elements), "set \(set)")
        }
        for (chain, rules) in written.rules where !layout.chainsThatNFTWritesOtherwise.contains(chain) {
            #expect(reloaded.rules[chain]?.map(\.rule) == rules.map(\.rule), "chain \(chain)")
        }
    }

    @Test("rules and sets are what nft makes of the same words", arguments: IPFamily.allCases)
    func sameAsNFT(family: IPFamily) async throws {
        let layout = DataplaneLayout(family: family)
        let namespace = try TestNamespace()
        let loaded = try namespace.load(layout.text)
        try #require(loaded.status == 0, "\(loaded.errors)")
        let byProgram = try #require(try await namespace.connection().snapshot(of: layout.table))
        let (written, _) = try await Self.write(layout)
        #expect(byProgram.table == written.table)
        for (name, set) in byProgram.sets { #expect(written.sets[name] == set) }
        for (name, chain) in byProgram.chains { #expect(written.chains[name] == chain) }
        for (chain, rules) in byProgram.rules {
            #expect(written.rules[chain]?.map(\.rule) == rules.map(\.rule), "chain \(chain)")
        }
    }

    /// The lines of a listing in an order of their own: the kernel lists elements in the order of its hash.
    private static func lines(of listing: String) -> [Substring] {
        listing.split(separator: "\n")
            .map {
                $0.split(whereSeparator: { " \t,{}=".contains($0) }).filter { $0 != "elements" }.joined(separator: " ")[
                    ...
                ]
            }
            .sorted()
    }

    private static func write(_ layout: DataplaneLayout) async throws -> (snapshot: Snapshot, namespace: TestNamespace)
    {
        let namespace = try TestNamespace()
        let connection = try namespace.connection()
        try await connection.commit(layout.transaction)
        return (try #require(try await connection.snapshot(of: layout.table)), namespace)
    }
}
