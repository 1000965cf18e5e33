import Testing

@testable import Overlay

@Suite struct WaitingRoomTests {
    /// An owner of a number that others wait for.
    private actor Owner {
        private var number = 0
        private var room = WaitingRoom()

        func add() {
            number += 1
            room.call()
        }

        func wait(for wanted: Int, within limit: Duration) async -> Bool {
            let end = ContinuousClock.now + limit
            while number < wanted, ContinuousClock.now < end, !Task.isCancelled {
                let ticket = room.enter()
                defer { room.leave(ticket) }
                await ticket.wait(until: end)
            }
            return number >= wanted
        }
    }

    @Test func `all who wait go on at a change, and none misses one`() async {
        let owner = Owner()
        let results = await withTaskGroup { group in
            for _ in 0..<20 { group.addTask { await owner.wait(for: 100, within: .seconds(60)) } }
            for _ in 0..<100 {
                await owner.add()
                await Task.yield()
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == Array(repeating: true, count: 20))
    }

    @Test func `a wait ends in time, and with its task`() async {
        let owner = Owner()
        #expect(!(await owner.wait(for: 1, within: .milliseconds(20))))
        let result = await withTaskGroup { group in
            group.addTask { await owner.wait(for: 1, within: .seconds(600)) }
            group.cancelAll()
            return await group.next()
        }
        #expect(result == false)
    }
}
