extension ObjectSource {
    /// Runs the source, and hands on what it says, one batch after the other, until it ends or the task is cancelled.
    ///
    /// - Parameter take: Is called by one task.
    /// - Throws: Where the source can never work.
    public func follow(_ take: @escaping @Sendable (ObjectChangeQueue.Batch) -> Void) async throws {
        let queue = ObjectChangeQueue()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await run(into: queue) }
            group.addTask {
                for await batch in queue { take(batch) }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
