import SeededTesting
import Addressing
import ServiceRouting
import Testing

@testable import ServiceDataplane

@Suite struct SlotArrangementTests {
    private func backends(_ numbers: [Int]) -> [Backend] {
        numbers.map { Backend(address: .v4(0x0a00_0000 + UInt32($0)), port: 8080) }
    }

    @Test func anEqualListChangesNothing() {
        let arrangement = SlotArrangement(backends([3, 1, 2]), for: backends([3, 1, 2]))
        #expect(arrangement.rewritten.isEmpty && arrangement.departed.isEmpty)
    }

    @Test func orderAloneChangesNothing() {
        let arrangement = SlotArrangement(backends([3, 1, 2]), for: backends([1, 2, 3]))
        #expect(arrangement.slots == backends([3, 1, 2]))
        #expect(arrangement.rewritten.isEmpty)
    }

    @Test func aReplacementTakesTheFreeSlot() {
        let arrangement = SlotArrangement(backends([1, 2, 3]), for: backends([1, 3, 9]))
        #expect(arrangement.slots == backends([1, 9, 3]))
        #expect(arrangement.rewritten == [1])
        #expect(arrangement.departed == backends([2]))
    }

    @Test func theLastSlotMovesIntoAHole() {
        let arrangement = SlotArrangement(backends([1, 2, 3, 4]), for: backends([2, 3, 4]))
        #expect(arrangement.slots == backends([4, 2, 3]))
        #expect(arrangement.rewritten == [0])
    }

    @Test func removingTheLastSlotWritesNothing() {
        let arrangement = SlotArrangement(backends([1, 2, 3]), for: backends([1, 2]))
        #expect(arrangement.slots == backends([1, 2]))
        #expect(arrangement.rewritten.isEmpty)
    }

    @Test("any two lists: the result holds what is wanted, and writes no more than changed")
    func anyTwoLists() {
        var random = SeededGenerator()
        for _ in 0..<2_000 {
            let old = backends(
                Array(Array(0..<12).shuffled(using: &random).prefix(Int.random(in: 0...12, using: &random)))
            )
            let new = backends(
                Array(Array(0..<12).shuffled(using: &random).prefix(Int.random(in: 0...12, using: &random))).sorted()
            )
            let arrangement = SlotArrangement(old, for: new)
            #expect(arrangement.slots.sorted() == new, "\(random)")
            let differing = zip(old, arrangement.slots).enumerated().filter { $0.element.0 != $0.element.1 }.map(
                \.offset
            )
            #expect(arrangement.rewritten == differing || old.isEmpty, "\(random)")
            let left = Set(old).subtracting(new).count
            #expect(arrangement.rewritten.count <= left, "\(random)")
            #expect(Set(arrangement.departed) == Set(old).subtracting(new), "\(random)")
        }
    }
}
