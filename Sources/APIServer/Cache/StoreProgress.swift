import Storage

/// Asks a store to tell how far it has come: once for all who wait at a time.
actor StoreProgress {
    /// Everything up to this revision is told, or will be.
    private var reached = Revision(0)
    private var isAsking = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    /// Returns when the store was made to tell that it has come as far as that revision.
    ///
    /// - Parameter ask: Asks it, and returns what it will tell.
    func reach(
        _ revision: Revision,
        ask: @Sendable () async throws(StoreError) -> Revision
    ) async throws(StoreError) {
        while reached < revision {
            guard isAsking else {
                isAsking = true
                defer {
                    isAsking = false
                    for waiter in waiters { waiter.resume() }
                    waiters = []
                }
                reached = max(reached, try await ask())
                continue
            }
            // What is being asked for may be older than what is waited for, or fail: it is looked at again.
            await withCheckedContinuation { waiters.append($0) }
        }
    }
}
