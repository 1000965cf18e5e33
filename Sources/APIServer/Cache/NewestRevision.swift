import Storage

/// Reads a store's newest revision: once for all who asked before that reading began.
///
/// A store over a network answers a thousand reads at a time with a few requests; and each of them learns of a revision
/// that is not older than its question.
actor NewestRevision {
    private let read: @Sendable () async throws(StoreError) -> Revision
    private var isReading = false
    /// Who asked while something was read, which may be older than their question. Nil tells one of them to read.
    private var waiters: [CheckedContinuation<Result<Revision, StoreError>?, Never>] = []

    init(_ read: @escaping @Sendable () async throws(StoreError) -> Revision) {
        self.read = read
    }

    /// The revision that is the newest now, or a later one.
    func callAsFunction() async throws(StoreError) -> Revision {
        while isReading {
            guard let result = await withCheckedContinuation({ waiters.append($0) }) else { continue }
            // That another one was cut off says nothing of this one.
            if case .failure(.cancelled) = result, !Task.isCancelled { continue }
            return try result.get()
        }
        isReading = true
        let others = waiters
        waiters = []
        let result = await reading()
        isReading = false
        for other in others { other.resume(returning: result) }
        if !waiters.isEmpty { waiters.removeFirst().resume(returning: nil) }
        return try result.get()
    }

    private func reading() async -> Result<Revision, StoreError> {
        do throws(StoreError) {
            return .success(try await read())
        } catch {
            return .failure(error)
        }
    }
}
