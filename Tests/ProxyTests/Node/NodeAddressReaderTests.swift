import Addressing
import KubernetesClient
import KubernetesTesting
import Synchronization
import Testing

@testable import Proxy

@Suite("Reading the node's addresses", .timeLimit(.minutes(1)))
struct NodeAddressReaderTests {
    private struct Interrupted: Error {}

    private static let network = LocalNetwork(
        addresses: [],
        defaultRoutes: [DefaultRoute(family: .ipv4, interface: 2, metric: 0, preferredSource: nil)]
    )

    /// Runs a reader until it has published so often.
    private func run(
        time: Timekeeper,
        read: @escaping @Sendable (Int) throws -> LocalNetwork,
        _ body: (NodeAddressReader, AsyncStream<LocalNetwork>) async throws -> Void
    ) async throws -> Int {
        let readings = Mutex(0)
        let (published, publish) = AsyncStream<LocalNetwork>.makeStream()
        let reader = NodeAddressReader(logger: LogRecorder().logger, time: time) {
            try read(
                readings.withLock {
                    $0 += 1
                    return $0
                }
            )
        } publish: {
            publish.yield($0)
        }
        let running = Task { await reader.run() }
        try await body(reader, published)
        running.cancel()
        await running.value
        return readings.withLock { $0 }
    }

    @Test func `a reading that fails is tried again after a pause`() async throws {
        let time = ManualTime()
        let count = try await run(time: time.timekeeper) { attempt in
            if attempt < 3 { throw Interrupted() }
            return Self.network
        } _: { reader, published in
            reader.noteChange()
            #expect(await published.first { _ in true } == Self.network)
        }
        #expect(count == 3)
        #expect(time.sleeps == [.milliseconds(50), .seconds(1), .seconds(1)])
    }

    @Test func `a burst of changes is not a reading each`() async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let (sleeping, sleeps) = AsyncStream<Void>.makeStream()
        let time = Timekeeper(
            now: { .zero },
            sleep: { _ in
                sleeps.yield()
                for await _ in gate {}
                try Task.checkCancellation()
            }
        )
        let count = try await run(time: time) { _ in
            Self.network
        } _: { reader, published in
            var asleep = sleeping.makeAsyncIterator()
            reader.noteChange()
            await asleep.next()
            for _ in 0..<100 { reader.noteChange() }
            open.finish()
            #expect(await published.first { _ in true } == Self.network)
            // The wake-up that was left over finds nothing to do.
            await asleep.next()
        }
        #expect(count == 1)
    }
}
