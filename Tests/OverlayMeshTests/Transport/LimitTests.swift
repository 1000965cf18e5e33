import Addressing
import Testing

@testable import OverlayMesh

@Suite("limits of connections")
struct LimitTests {
    @Test func `a bucket lets a burst through, then one in each interval`() {
        var bucket = TokenBucket(capacity: 3, interval: .milliseconds(10), now: .seconds(5))
        let pauses = [0, 0, 0, 0, 4, 10, 15].map { bucket.take(now: .seconds(5) + .milliseconds($0)) }
        #expect(pauses == [nil, nil, nil, .milliseconds(10), .milliseconds(6), nil, .milliseconds(5)])
    }

    @Test func `a long pause fills a bucket and no more`() {
        var bucket = TokenBucket(capacity: 2, interval: .milliseconds(10), now: .zero)
        let pauses = [0, 1_000_000, 1_000_000, 1_000_000].map { bucket.take(now: .seconds($0)) }
        #expect(pauses == [nil, nil, nil, .milliseconds(10)])
    }

    @Test func `the same refusal is logged once a minute and counted always`() {
        var log = RefusalLog()
        let isLogged = [("no", 100), ("no", 159), ("never", 159), ("no", 160)].map { log.add(.v4(1), $0, at: $1) }
        #expect(isLogged == [true, false, true, true])
        #expect(log.records.map(\.count) == [1, 3])
    }

    @Test func `refusals from everywhere fill no memory`() {
        var log = RefusalLog()
        for number in 0..<1_000 as Range<UInt32> { _ = log.add(.v4(number), "no", at: 1) }
        #expect(log.records.count == RefusalLog.capacity)
        #expect(log.records.last?.address == .v4(999))
    }
}
