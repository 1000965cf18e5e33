import Testing

@testable import ControlPlane

@Suite struct HeapTrimmingTests {
    /// Which of these moments are taken, in order.
    private static func due(_ moments: [(free: Int, busy: Double)]) -> [Bool] {
        var trimming = HeapTrimming()
        return moments.map { trimming.isDue(freeBytes: $0.free << 20, busyShare: $0.busy) }
    }

    @Test func `memory goes back at rest, and again only when more has become free`() {
        // After the third what is left are holes.
        let moments = [(15, 0), (100, 1.5), (100, 0.01), (100, 0), (110, 0), (120, 0)]
        #expect(Self.due(moments) == [false, false, true, false, false, true])
    }

    @Test func `what was used again counts as free anew`() {
        #expect(Self.due([(100, 0), (10, 0), (60, 0)]) == [true, false, true])
    }
}
