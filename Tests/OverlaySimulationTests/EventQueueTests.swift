import SeededTesting
import Testing

@testable import OverlaySimulation

@Suite struct EventQueueTests {
    @Test func `events come in the order of their moments`() {
        var queue = EventQueue<Int>()
        var generator = SeededGenerator(seed: 1)
        let moments = (0..<1000).map { _ in Int.random(in: 0..<200, using: &generator) }
        for (number, moment) in moments.enumerated() { queue.add(number, at: .milliseconds(moment)) }

        var order: [Int] = []
        while let (moment, number) = queue.popFirst() {
            #expect(moment == .milliseconds(moments[number]))
            order.append(number)
        }
        #expect(order == moments.indices.sorted { (moments[$0], $0) < (moments[$1], $1) })
    }

    @Test func `events of one moment come in the order in which they were added`() {
        var queue = EventQueue<Int>()
        for number in 0..<100 { queue.add(number, at: .seconds(1)) }
        var order: [Int] = []
        while let (_, number) = queue.popFirst() { order.append(number) }
        #expect(order == Array(0..<100))
    }
}
