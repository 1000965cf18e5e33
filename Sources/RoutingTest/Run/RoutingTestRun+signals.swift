import Glibc
import UnixSignals

extension RoutingTestRun {
    /// Why a run cannot begin.
    struct Obstacle: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs the tests, and stops and removes everything on SIGINT, SIGTERM and SIGHUP.
    ///
    /// - Returns: The exit status: 0 where everything was as expected, 1 where something was not, 128 and the signal's
    ///   number after a signal.
    /// - Throws: Where the run cannot begin, or the report not be written.
    public func runUntilSignalled(print: @escaping @Sendable (String) -> Void) async throws -> Int32 {
        guard geteuid() == 0 else {
            throw Obstacle(description: "trama test makes network namespaces, which takes root; run it with sudo")
        }
        // Whoever reads the table may go away first, and everything is to be removed all the same.
        signal(SIGPIPE, SIG_IGN)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        return try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask {
                for await signal in signals { return 128 + signal.rawValue }
                return nil
            }
            group.addTask { try await run(print: print) ? 0 : 1 }
            guard let first = try await group.next() else { return 1 }
            group.cancelAll()
            // A run that was stopped takes everything away before it ends.
            while case .some = try? await group.next() {}
            return first ?? 1
        }
    }
}
