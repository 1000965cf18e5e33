import Glibc
import Netlink
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct ThreadExecutorTests {
    /// An actor on its own thread.
    private actor Worker {
        private let executor = ThreadExecutor(name: "worker")
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        private var steps: [Int] = []

        func thread() -> pthread_t { pthread_self() }

        func block(until gate: Gate) -> Bool {
            gate.wait()
            return true
        }

        func append(_ step: Int) { steps.append(step) }

        func all() -> [Int] { steps }
    }

    /// Opens once; whoever waits for it holds its thread.
    private final class Gate: Sendable {
        private let isOpen = Atomic(false)
        func open() { isOpen.store(true, ordering: .releasing) }
        func wait() { while !isOpen.load(ordering: .acquiring) { usleep(100) } }
    }

    @Test func `an actor runs on its own thread, and always the same`() async {
        let worker = Worker()
        let thread = await worker.thread()
        #expect(pthread_equal(thread, pthread_self()) == 0)
        await Task.yield()
        #expect(await pthread_equal(worker.thread(), thread) != 0)
        #expect(await pthread_equal(Worker().thread(), thread) == 0)
    }

    @Test func `many actors can block at once, and the others go on`() async {
        let gate = Gate()
        let blocked = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 { group.addTask { await Worker().block(until: gate) } }
            // Runs while the sixteen wait: more than the shared pool has threads.
            let other = Worker()
            await other.append(1)
            gate.open()
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(blocked == 16)
    }

    @Test func `the jobs of one task run in order`() async {
        let worker = Worker()
        for step in 0..<1000 { await worker.append(step) }
        #expect(await worker.all() == Array(0..<1000))
    }

    @Test func `threads end with their executors`() async throws {
        // Waits for the count to fall back, which no event tells of, for as long as the suite's time limit allows.
        for _ in 0..<200 { _ = await Worker().thread() }
        while try threadCount() > 100 { await Task.yield() }
    }

    /// How many threads this process has.
    private func threadCount() throws -> Int {
        let directory = try #require(opendir("/proc/self/task"))
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count
    }
}
