import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import APIServer

@Suite(.timeLimit(.minutes(1)))
struct FlowControlTests {
    private func limits(seats: Int, queue: Int, patience: TimeAmount = .seconds(30)) -> FlowControl.Limits {
        var limits = FlowControl.Limits()
        limits.seats = [.others: seats, .system: seats, .anonymous: seats]
        limits.queueLength = queue
        limits.patience = patience
        return limits
    }

    @Test func `users take turns, however much one of them asks`() async throws {
        let flow = FlowControl(limits(seats: 1, queue: 50))
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        try await flow.enter(.others, user: "first", on: loop)
        let order = Order()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await flow.enter(.others, user: "flood", on: loop)
                    order.append("flood")
                    flow.leave(.others)
                }
            }
            while flow.load.waiting < 20 { try await Task.sleep(for: .milliseconds(2)) }
            group.addTask {
                try await flow.enter(.others, user: "quiet", on: loop)
                order.append("quiet")
                flow.leave(.others)
            }
            while flow.load.waiting < 21 { try await Task.sleep(for: .milliseconds(2)) }
            flow.leave(.others)
            try await group.waitForAll()
        }
        let position = try #require(order.names.firstIndex(of: "quiet"))
        #expect(position <= 1)
        #expect(flow.load.taken == 0)
        #expect(flow.load.waiting == 0)
    }

    @Test func `what does not fit into the queue is refused`() async throws {
        let flow = FlowControl(limits(seats: 1, queue: 0))
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        try await flow.enter(.others, user: "a", on: loop)
        await #expect { try await flow.enter(.others, user: "a", on: loop) } throws: {
            "\($0)".contains("Too many requests")
        }
        flow.leave(.others)
        #expect(flow.load.taken == 0)
    }

    @Test func `who waits too long is refused`() async throws {
        let flow = FlowControl(limits(seats: 1, queue: 10, patience: .milliseconds(20)))
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        try await flow.enter(.others, user: "a", on: loop)
        await #expect { try await flow.enter(.others, user: "b", on: loop) } throws: {
            "\($0)".contains("Too many requests")
        }
        #expect(flow.load.waiting == 0)
        flow.leave(.others)
        #expect(flow.load.taken == 0)
    }

    /// Names in the order in which they came.
    private final class Order: Sendable {
        private let list = Mutex<[String]>([])
        var names: [String] { list.withLock { $0 } }
        func append(_ name: String) { list.withLock { $0.append(name) } }
    }
}
