import NFTables
import Testing

@testable import Lab

@Suite struct PartitionTests {
    private let all = ["cp", "node-1", "node-2", "outside"]

    @Test func `two hosts are parted from each other`() throws {
        #expect(try Partition(hosts: ["cp", "node-1"], from: [], all: all) == Partition(["cp"], ["node-1"]))
    }

    @Test func `a group is parted from another, or from the rest`() throws {
        let one = try Partition(hosts: ["node-1", "node-2"], from: ["cp"], all: all)
        #expect(one.pairs.map { "\($0.0) \($0.1)" } == ["node-1 cp", "node-2 cp"])
        let rest = try Partition(hosts: ["node-1"], from: ["rest"], all: all)
        #expect(rest.second == ["cp", "node-2", "outside"])
    }

    @Test(arguments: [
        (["cp"], []), (["cp", "cp"], []), (["cp", "node-1", "node-2"], []), (["cp"], ["cp"]), (["nobody"], ["cp"]),
        (["cp"], ["nobody"]), ([], ["cp"]), (["cp", "node-1", "node-2", "outside"], ["rest"]),
    ])
    func `what parts nobody, or a host from itself, is refused`(hosts: [String], from: [String]) {
        #expect(throws: LabError.self) { try Partition(hosts: hosts, from: from, all: all) }
    }

    @Test(arguments: [TableFamily.bridge, .inet])
    func `each pair is dropped in both directions, once, and then the loss`(family: TableFamily) async throws {
        let backend = FakeNFTables()
        let partitions = [Partition(["node-1"], ["cp", "node-2"]), Partition(["cp"], ["node-1"])]
        // A second time in place of the first.
        for _ in 1...2 {
            _ = try await backend.commit(
                UnderlayRules.transaction(isRouted: family == .inet, partitions: partitions, lostOf200: 10)
            )
        }
        let table = TableID(family: family, name: UnderlayRules.tableName)
        let snapshot = try #require(try await backend.snapshot(of: table))
        let comments = snapshot.rules.values.flatMap(\.self).compactMap(\.rule.comment)
        #expect(
            comments == [
                "node-1 parted from cp", "node-1 parted from cp", "node-1 parted from node-2",
                "node-1 parted from node-2", "loss 10/200",
            ]
        )
    }
}
