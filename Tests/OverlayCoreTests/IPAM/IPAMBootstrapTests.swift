import Addressing
import Testing

@testable import OverlayCore

@Suite struct IPAMBootstrapTests {
    private func configuration(_ bootstrap: IPAMConfiguration.Bootstrap) throws -> IPAMConfiguration {
        let prefix = try #require(IPPrefix("10.32.0.0/12"))
        let range = try #require(IPAMRange(prefix: prefix, blockLength: 24))
        return IPAMConfiguration(cluster: "c", ranges: [range], bootstrap: bootstrap)
    }

    @Test func aSeedThatSeesAllSeedsNewFoundsAtOnce() throws {
        let records = ["a", "b"].map { PeerRecord(id: PeerID(high: 1, low: UInt64($0.utf8.first ?? 0)), name: $0) }
        let configuration = try configuration(.seeds(["a", "b"]))
        var core = IPAMCore(configuration: configuration, own: records[0], stored: [], seed: 1, now: .zero)
        var view = TestView()
        view.offer(records[0].entry)
        _ = core.handle(.tick, view: view, now: .zero)
        #expect(core.nextDeadline == .seconds(2))
        view.offer(records[1].entry)
        _ = core.handle(.entries([records[1].entry]), view: view, now: .milliseconds(10))
        #expect(core.nextDeadline == .milliseconds(110))
        _ = core.handle(.tick, view: view, now: .milliseconds(110))
        #expect(core.blocks.map(\.description) == ["10.32.0.0/24"])
    }

    @Test func aSeedThatSeesAnAddressInUseWaits() throws {
        var records = ["a", "b"].map { PeerRecord(id: PeerID(high: 1, low: UInt64($0.utf8.first ?? 0)), name: $0) }
        // "a" has lost its disk; "b" is where it was.
        records[1].prefixes = [try #require(IPPrefix("10.40.0.0/24"))]
        let configuration = try configuration(.seeds(["a", "b"]))
        var core = IPAMCore(configuration: configuration, own: records[0], stored: [], seed: 1, now: .zero)
        var view = TestView()
        for record in records { view.offer(record.entry) }
        _ = core.handle(.entries([records[1].entry]), view: view, now: .milliseconds(10))
        #expect(core.nextDeadline == .seconds(2))
        #expect(core.blocks.isEmpty)
    }

    @Test func aSeedFoundsItsPartOfTheRing() throws {
        let record = PeerRecord(id: PeerID(high: 1, low: 1), name: "b")
        var core = IPAMCore(
            configuration: try configuration(.seeds(["c", "a", "b"])),
            own: record,
            stored: [],
            seed: 1,
            now: .zero
        )
        var view = TestView()
        view.offer(record.entry)
        #expect(core.handle(.tick, view: view, now: .zero).isEmpty)
        #expect(core.nextDeadline == .seconds(2))
        let outputs = core.handle(.tick, view: view, now: .seconds(2))
        guard case .publish(let entries) = outputs.first, let entry = entries.first else {
            Issue.record("nothing was published: \(outputs)")
            return
        }
        let ring = try #require(entry.ringEntry)
        #expect(ring.first == IPAddress("10.37.85.0"))
        #expect(ring.last == IPAddress("10.42.169.255"))
        #expect(core.blocks.map(\.description) == ["10.37.85.0/24"])
        #expect(core.nextDeadline == nil)
    }
}
