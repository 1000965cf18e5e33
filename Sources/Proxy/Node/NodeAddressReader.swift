import KubernetesClient
import Logging
import ServiceLifecycle
import Synchronization

/// Reads the machine's addresses when told that they changed: once for a burst of changes, and again where reading fails.
final class NodeAddressReader: Sendable {
    /// How long changes are gathered before the addresses are read.
    static let settleTime: Duration = .milliseconds(50)
    /// The pause before a failed reading is tried again.
    static let retryPause: Duration = .seconds(1)

    private let logger: Logger
    private let time: Timekeeper
    private let read: @Sendable () async throws -> LocalNetwork
    private let publish: @Sendable (LocalNetwork) -> Void
    private let hasChanged = Mutex(false)
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    init(
        logger: Logger,
        time: Timekeeper,
        read: @escaping @Sendable () async throws -> LocalNetwork,
        publish: @escaping @Sendable (LocalNetwork) -> Void
    ) {
        self.logger = logger
        self.time = time
        self.read = read
        self.publish = publish
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Asks for a reading soon.
    func noteChange() {
        hasChanged.withLock { $0 = true }
        wakeUp.yield()
    }

    /// Reads when asked to, until the process is to end.
    func run() async {
        var published: LocalNetwork?
        for await _ in wakeUps.cancelOnGracefulShutdown() {
            guard await time.sleepUnlessStopped(Self.settleTime) else { return }
            // Before reading: what changes during it asks for another.
            let isDue = hasChanged.withLock { hasChanged in
                defer { hasChanged = false }
                return hasChanged
            }
            guard isDue else { continue }
            guard let network = await readUntilDone() else { return }
            guard network != published else { continue }
            published = network
            publish(network)
        }
    }

    /// The addresses; nil where the process is to end.
    private func readUntilDone() async -> LocalNetwork? {
        while true {
            do {
                let network = try await read()
                logger.debug(
                    "addresses of this machine",
                    metadata: ["addresses": "\(network.addresses.map { "\($0.address)" }.joined(separator: ","))"]
                )
                return network
            } catch {
                logger.warning(
                    "cannot read the addresses of this machine, trying again",
                    metadata: ["error": "\(error)", "after": "\(Self.retryPause)"]
                )
                guard await time.sleepUnlessStopped(Self.retryPause) else { return nil }
            }
        }
    }
}
