import Controllers
import Testing

@Suite("Work queue")
struct WorkQueueTests {
    @Test("A key waits once, however often it is put in, and keys come in order")
    func order() {
        var queue = WorkQueue<String>()
        for key in ["a", "b", "a", "c", "b"] { queue.add(key) }
        #expect([queue.next(), queue.next(), queue.next(), queue.next()] == ["a", "b", "c", nil])
    }

    @Test("A key that comes while it is worked on is worked on again, not by two at a time")
    func again() {
        var queue = WorkQueue<String>()
        queue.add("a")
        #expect(queue.next() == "a")
        queue.add("a")
        #expect(queue.next() == nil)
        queue.succeed("a")
        #expect(queue.next() == "a")
        queue.succeed("a")
        #expect(queue.next() == nil)
        #expect(queue.isIdle)
    }

    @Test("A key that fails waits longer each time, and at least as long as the server asked")
    func failures() {
        var queue = WorkQueue<String>()
        var delays: [Duration] = []
        for _ in 0..<4 {
            queue.add("a")
            _ = queue.next()
            delays.append(queue.fail("a"))
        }
        #expect(delays == [.milliseconds(5), .milliseconds(10), .milliseconds(20), .milliseconds(40)])
        queue.add("a")
        _ = queue.next()
        #expect(queue.fail("a", atLeast: .seconds(3)) == .seconds(3))
        for _ in 0..<100 { _ = queue.fail("a") }
        #expect(queue.fail("a") == .seconds(300))
        queue.succeed("a")
        #expect(queue.fail("a") == .milliseconds(5))
    }

    @Test("A key with a time comes then, once, at the earliest of its times")
    func times() {
        var queue = WorkQueue<String>()
        #expect(queue.add("a", at: .seconds(10)) == true)
        #expect(queue.add("a", at: .seconds(20)) == false)
        #expect(queue.add("a", at: .seconds(5)) == true)
        queue.release("a", now: .seconds(4))
        #expect(queue.next() == nil)
        queue.release("a", now: .seconds(5))
        queue.release("a", now: .seconds(10))
        #expect(queue.next() == "a")
        queue.succeed("a")
        #expect(queue.next() == nil)
    }

    @Test("Ten thousand keys come out in order")
    func many() {
        var queue = WorkQueue<Int>()
        for key in 0..<10_000 { queue.add(key) }
        var taken: [Int] = []
        while let key = queue.next() {
            taken.append(key)
            queue.succeed(key)
        }
        #expect(taken == Array(0..<10_000))
    }
}
