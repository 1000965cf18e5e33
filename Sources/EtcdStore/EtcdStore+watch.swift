import AsyncHTTPClient
import JSON
import NIOCore
public import Storage

extension EtcdStore {
    /// Follows a range. A slow reader slows etcd down and is never cut off, but may fall behind a compaction.
    public func watch(_ range: KeyRange, after revision: Revision?) async throws(StoreError) -> StoreWatch {
        let start: Revision
        if let revision {
            // Says that it was compacted before anything is told.
            do {
                _ = try await page(start: [0], end: nil, limit: 0, at: revision)
            } catch .future {
                // Its changes are yet to come.
            }
            start = revision
        } else {
            start = try await currentRevision()
        }
        // What was compacted up to there is known from above: etcd need not look at it again.
        let watch = EtcdWatch(store: self, range: range, after: start, startsWithNext: true)
        do {
            try await watch.open()
        } catch {
            throw try await storeError(error, revision: start)
        }
        return StoreWatch(unfolding: { try await watch.next() })
    }

    /// The oldest revision that can be read: a watch from an older one is told.
    func oldestRevision(after revision: Revision?) async throws(StoreError) -> Revision {
        let watch = EtcdWatch(store: self, range: KeyRange(key: "none"), after: revision ?? Revision(1))
        do {
            try await watch.open()
            while try await watch.next() != nil {}
        } catch {
            if case .compacted(let oldest) = error as? StoreError { return oldest }
        }
        throw .unavailable(reason: "etcd does not say which revision is the oldest")
    }
}

/// One watch in etcd: an answer that goes on, opened again at another member where it breaks.
actor EtcdWatch {
    /// The longest message: etcd cuts what is larger than 1.5 MiB into fragments, but never an event, which has two
    /// values at most.
    private static let messageLimit = 64 << 20
    /// How long it waits before it tries again, at first and at most.
    private static let pauses = (first: Duration.milliseconds(50), longest: Duration.seconds(2))

    private let store: EtcdStore
    private let range: KeyRange
    /// Everything up to this revision was told.
    private var told: Revision
    private var chunks: HTTPClientResponse.Body.AsyncIterator?
    /// Which member tells.
    private var member: Int?
    private var lines = LineSplitter(limit: EtcdWatch.messageLimit)
    /// Events of a message whose rest is yet to come.
    private var fragments: [StoreEvent] = []
    private var isOver = false
    /// Whether etcd begins with the revision after what was told; otherwise it also says where that one was compacted.
    private let startsWithNext: Bool

    init(store: EtcdStore, range: KeyRange, after revision: Revision, startsWithNext: Bool = false) {
        self.store = store
        self.range = range
        self.startsWithNext = startsWithNext
        told = revision
    }

    /// Opens the watch after what was told.
    func open() async throws(EtcdClient.Failure) {
        lines = LineSplitter(limit: Self.messageLimit)
        fragments = []
        guard let (start, end) = store.keys.range(range) else { return }
        let body = EtcdMessage.object { writer in
            writer.object("create_request") { writer in
                writer.member("key", base64: start)
                writer.member("range_end", base64: end)
                writer.member("start_revision", number: max(1, startsWithNext ? told.next.rawValue : told.rawValue))
                writer.member("prev_kv", true)
                writer.member("progress_notify", true)
                writer.member("fragment", true)
            }
        }
        let stream = try await store.client.stream("/v3/watch", body)
        member = stream.member
        chunks = stream.body.makeAsyncIterator()
    }

    /// Waits for what comes next; nil where the store was shut down or the task cancelled.
    func next() async throws -> StoreEventBatch? {
        while !isOver {
            do {
                while let line = try lines.next() {
                    if let batch = try take(line) { return batch }
                }
                if try await receive() { continue }
            } catch let error as StoreError {
                isOver = true
                throw error
            } catch {
                chunks = nil
            }
            guard !store.isClosed, !Task.isCancelled else { break }
            // It ended the watch, for want of a leader or of itself: another one may know more.
            if let member { store.client.leave(member: member) }
            try await reopen()
        }
        isOver = true
        chunks = nil
        return nil
    }

    /// Takes the next bytes; false where the answer has ended.
    private func receive() async throws -> Bool {
        // Taken out while it waits: nobody else may use it.
        guard var chunks else { return false }
        self.chunks = nil
        guard let chunk = try await chunks.next(isolation: self) else { return false }
        self.chunks = chunks
        lines.append(chunk.readableBytesView)
        return true
    }

    private func reopen() async throws {
        let deadline = ContinuousClock.now + store.configuration.watchRetryDuration
        var pause = Self.pauses.first
        while true {
            do {
                return try await open()
            } catch {
                guard !store.isClosed, !Task.isCancelled else { return }
                guard ContinuousClock.now < deadline else {
                    isOver = true
                    throw try await store.storeError(error, revision: told)
                }
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, Self.pauses.longest)
        }
    }

    /// What a member says that cannot go on.
    private struct MemberFailure: Error {
        var reason: String
    }

    /// Reads a message; nil where it tells nothing.
    private func take(_ line: [UInt8]) throws -> StoreEventBatch? {
        let message: EtcdWatchMessage
        do {
            message = try EtcdWatchMessage(line, prefixCount: store.keys.prefix.count)
        } catch {
            throw StoreError.unavailable(reason: "etcd's message cannot be read: \(error)")
        }
        if let oldest = message.compacted { throw StoreError.compacted(oldest) }
        if let reason = message.failure { throw MemberFailure(reason: reason) }
        if let reason = message.ended { throw StoreError.unavailable(reason: "etcd ended the watch: \(reason)") }
        guard !message.isCreation else { return nil }
        if message.events.isEmpty, fragments.isEmpty {
            // Everything up to this revision was sent before: a notification of progress.
            guard message.revision > told else { return nil }
            told = message.revision
            return StoreEventBatch(events: [], revision: told)
        }
        fragments += message.events.filter { $0.revision > told }
        guard !message.isFragment, let last = fragments.last?.revision else { return nil }
        defer { fragments = [] }
        // The header tells the store's revision, which may be further on than these events.
        told = last
        return StoreEventBatch(events: fragments, revision: told)
    }
}
