import Logging
import ServiceLifecycle

/// A part of the node that may fail without the rest: it is run again, and the node says meanwhile what is wrong.
struct RestartedPart: ServiceLifecycle.Service, CustomStringConvertible {
    let description: String
    private let logger: Logger
    private let failed: @Sendable (_ reason: String) -> Void
    private let body: @Sendable () async throws -> Void

    /// A part.
    ///
    /// - Parameters:
    ///   - name: In logs.
    ///   - failed: Is told why the part does not run.
    ///   - body: The part; returns where the process is to end.
    init(
        _ name: String,
        logger: Logger,
        failed: @escaping @Sendable (_ reason: String) -> Void,
        _ body: @escaping @Sendable () async throws -> Void
    ) {
        description = name
        self.logger = logger
        self.failed = failed
        self.body = body
    }

    func run() async throws {
        let clock = ContinuousClock()
        var backoff = PartBackoff()
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            let start = clock.now
            var reason = "it ended"
            do {
                try await body()
            } catch is CancellationError {
                return
            } catch {
                reason = "\(error)"
            }
            guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return }
            let wait = backoff.next(afterRunOf: clock.now - start)
            logger.error(
                "a part of the node does not run, trying again",
                metadata: ["part": "\(description)", "error": "\(reason)", "after": "\(wait)"]
            )
            failed(reason)
            do {
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: wait) }
            } catch {
                return
            }
        }
    }
}
