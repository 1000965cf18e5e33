import UnixSignals

/// Doing something that a signal ends in good order.
public enum LabInterrupt {
    /// Runs `body`; SIGINT, SIGTERM and SIGHUP cancel its task, and it is waited for.
    ///
    /// - Throws: What `body` throws; after a signal an error that says so.
    public static func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        // Before anything is begun: a signal that comes earlier ends the program as it always does.
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await signal in signals {
                    throw LabError("interrupted by \(signal)")
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
