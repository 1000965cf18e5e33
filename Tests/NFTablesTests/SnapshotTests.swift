import NFTables
import Testing

@Suite struct SnapshotTests {
    private var snapshot: Snapshot {
        var snapshot = Snapshot(generation: 1, table: Table(id: TableID(family: .ip, name: "t")))
        snapshot.chains = ["c": Chain("c")]
        snapshot.rules = ["c": [InstalledRule(handle: 1, rule: Rule([.counter(.init(packets: 1, bytes: 2))]))]]
        snapshot.elements = ["s": [Element([1], timeout: .seconds(9)), Element([2])]]
        return snapshot
    }

    @Test func `handles, counters, time left and the order of elements make no difference`() {
        var other = snapshot
        other.generation = 9
        other.rules = ["c": [InstalledRule(handle: 7, rule: Rule([.counter(.init(packets: 8, bytes: 9))]))]]
        other.elements["s"]?.reverse()
        other.elements["s"]?[1].expiration = .seconds(3)
        #expect(other == snapshot)
    }

    @Test func `a missing element, another rule, and a set that was not read make one`() {
        var other = snapshot
        other.elements["s"]?.removeLast()
        #expect(other != snapshot)
        other = snapshot
        other.rules["c"]?[0].rule.comment = "x"
        #expect(other != snapshot)
        other = snapshot
        other.elements["s"] = nil
        #expect(other != snapshot)
    }
}
