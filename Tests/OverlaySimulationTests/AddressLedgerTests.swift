import Addressing
import Testing

@testable import OverlaySimulation

@Suite struct AddressLedgerTests {
    private func interval(_ text: String) throws -> AddressLedger.Interval {
        AddressLedger.Interval(try #require(IPPrefix(text)))
    }

    @Test func `claims next to each other do not conflict`() throws {
        var ledger = AddressLedger()
        let low = ledger.replace([try interval("10.0.0.0/24")], of: 1)
        let high = ledger.replace([try interval("10.0.1.0/24")], of: 2)
        #expect(low.isEmpty && high.isEmpty)
    }

    @Test(arguments: ["10.0.0.0/16", "10.0.0.255/32", "10.0.0.0/24"])
    func `a claim that shares an address with another's conflicts`(_ other: String) throws {
        var ledger = AddressLedger()
        _ = ledger.replace([try interval("10.0.0.0/24")], of: 1)
        let conflicts = ledger.replace([try interval(other)], of: 2)
        #expect(conflicts.map(\.other) == [1])
    }

    @Test func `what a host no longer claims may be another's`() throws {
        var ledger = AddressLedger()
        _ = ledger.replace([try interval("fd00::/64")], of: 1)
        _ = ledger.replace([], of: 1)
        let conflicts = ledger.replace([try interval("fd00::/48")], of: 2)
        #expect(conflicts.isEmpty)
    }

    @Test func `what nobody claims is counted`() throws {
        var ledger = AddressLedger()
        _ = ledger.replace([try interval("10.0.1.0/24"), try interval("10.0.3.0/24")], of: 1)
        let whole = try #require(IPPrefix("10.0.0.0/22"))
        #expect(ledger.unclaimed(of: [whole]) == [try interval("10.0.0.0/24"), try interval("10.0.2.0/24")])
        _ = ledger.replace([try interval("10.0.0.0/23"), try interval("10.0.2.0/23")], of: 1)
        #expect(ledger.unclaimed(of: [whole]) == [])
    }
}
