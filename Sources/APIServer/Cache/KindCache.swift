import APIRegistry
import DequeModule
import NIOCore
import Storage
import Synchronization

/// All objects of one kind in memory, and the newest of its history.
///
/// Objects stand in an array in the order of their keys: what reads it takes the array as it is (a snapshot), and the
/// next change copies it only where somebody still holds the old one. Changes are told to watchers event loop by event
/// loop; they are enqueued on the loop under the lock, so every loop sees them in order, and a watch that registers
/// under the lock gets exactly what comes after its snapshot.
final class KindCache: Sendable {
    /// The kind.
    let kind: KindDefinition
    /// What its objects begin with.
    let head: ObjectHead
    private let limits: HistoryLimits
    private let state: Mutex<State>

    /// How much of the past is kept for watches that begin there.
    struct HistoryLimits: Sendable {
        /// At most so many events.
        var count = 20_000
        /// At most about so many bytes that are not in the cache anyway.
        var byteCount = 16 << 20
        /// The encodings of so many of the newest events are kept.
        var encodedCount = 64
    }

    struct State {
        /// In the order of their keys.
        var objects: [CachedObject] = []
        /// The bytes of all of them.
        var byteCount = 0
        /// Everything up to this revision is in.
        var revision = Revision(0)
        /// The revision of the last load: changes up to it were in it.
        var loaded = Revision(0)
        /// The events after `oldest`, in order.
        var history: Deque<CachedEvent> = []
        var historyByteCount = 0
        /// A watch may begin after this revision, or a later one.
        var oldest = Revision(0)
        var fanouts: [ObjectIdentifier: LoopFanout] = [:]
    }

    init(_ kind: KindDefinition, limits: HistoryLimits = HistoryLimits()) {
        self.kind = kind
        self.limits = limits
        head = ObjectHead(kind.resource)
        state = Mutex(State())
    }

    // MARK: Reading

    /// The objects of a moment.
    struct Snapshot: Sendable {
        /// In the order of their keys.
        var objects: ArraySlice<CachedObject>
        /// All changes up to this revision are in.
        var revision: Revision
    }

    /// All objects whose keys begin with a prefix.
    func snapshot(prefix: String) -> Snapshot {
        state.withLock { $0.snapshot(prefix: prefix) }
    }

    /// The object under a key; nil where there is none.
    func object(_ key: String) -> CachedObject? {
        state.withLock { state in
            let index = state.index(of: key)
            guard index < state.objects.count, state.objects[index].key == key else { return nil }
            return state.objects[index]
        }
    }

    /// How many bytes all objects have together.
    var byteCount: Int { state.withLock { $0.byteCount } }

    /// How many objects there are.
    var count: Int { state.withLock { $0.objects.count } }

    /// How many watches there are.
    var watcherCount: Int { state.withLock { $0.fanouts.values.reduce(0) { $0 + $1.count } } }

    // MARK: Writing

    /// Replaces everything; watches end, since what happened in between is not known.
    func load(_ objects: [CachedObject], revision: Revision) {
        state.withLock { state in
            state.objects = objects
            state.byteCount = objects.reduce(0) { $0 + $1.bytes.count }
            state.revision = revision
            state.loaded = revision
            state.oldest = revision
            state.history = []
            state.historyByteCount = 0
            for fanout in state.fanouts.values { fanout.endAll(.reloaded) }
        }
    }

    /// Applies changes of the store, and tells the watchers.
    func apply(_ events: [StoreEvent]) {
        // Parsed outside the lock.
        let changes = events.map { ($0, $0.value.flatMap { CachedObject($0, head: head) }) }
        state.withLock { state in
            var told: [CachedEvent] = []
            for (event, object) in changes where event.revision > state.loaded {
                if let cached = state.apply(event, object, head: head) { told.append(cached) }
            }
            if let last = events.last { state.revision = max(state.revision, last.revision) }
            guard !told.isEmpty else { return }
            state.remember(told, limits: limits)
            for fanout in state.fanouts.values where fanout.count > 0 { fanout.tell(told) }
        }
    }

    // MARK: Watching

    /// Where a watch begins.
    enum Start: Sendable {
        /// With the present objects.
        case snapshot
        /// After a revision.
        case after(Revision)
    }

    /// What a watch tells first.
    enum Beginning: Sendable {
        /// The present objects.
        case objects(Snapshot)
        /// Changes since.
        case events([CachedEvent], revision: Revision)
        /// The revision is older than what is remembered.
        case expired(oldest: Revision)
    }

    /// Registers a watch: it is told all changes after its beginning.
    func begin(_ session: WatchSession, at start: Start, prefix: String) -> Beginning {
        state.withLock { state in
            let beginning: Beginning
            switch start {
            case .snapshot:
                beginning = .objects(state.snapshot(prefix: prefix))
            case .after(let revision):
                guard revision >= state.oldest else { return .expired(oldest: state.oldest) }
                let first = state.firstEvent(after: revision)
                beginning = .events(Array(state.history[first...]), revision: max(state.revision, revision))
            }
            let loop = ObjectIdentifier(session.eventLoop)
            let fanout = state.fanouts[loop] ?? LoopFanout(session.eventLoop)
            state.fanouts[loop] = fanout
            fanout.add(session)
            return beginning
        }
    }

    /// Forgets a watch.
    func end(_ session: WatchSession) {
        state.withLock { $0.fanouts[ObjectIdentifier(session.eventLoop)]?.remove(session) }
    }

    /// Calls back on the session's event loop, after all changes up to that revision were told there.
    ///
    /// - Parameter progress: How far all kinds have come.
    func tellProgress(
        to session: WatchSession,
        progress: RevisionGate,
        _ body: @escaping @Sendable (Revision) -> Void
    ) {
        state.withLock { state in
            let revision = max(progress.revision, state.revision)
            session.eventLoop.execute { body(revision) }
        }
    }

    /// Ends all watches.
    func endWatches(_ reason: WatchSession.End) {
        state.withLock { state in
            for fanout in state.fanouts.values { fanout.endAll(reason) }
        }
    }
}

extension KindCache.State {
    /// Where the key stands, or would stand.
    func index(of key: String) -> Int {
        var low = 0
        var high = objects.count
        while low < high {
            let middle = (low + high) / 2
            if objects[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func snapshot(prefix: String) -> KindCache.Snapshot {
        let start = index(of: prefix)
        let end = KeyRange(prefix: prefix).end.map { index(of: $0) } ?? objects.count
        return KindCache.Snapshot(objects: objects[start..<max(start, end)], revision: revision)
    }

    mutating func apply(_ event: StoreEvent, _ object: CachedObject?, head: ObjectHead) -> CachedEvent? {
        let index = index(of: event.key)
        let previous = index < objects.count && objects[index].key == event.key ? objects[index] : nil
        byteCount += (object?.bytes.count ?? 0) - (previous?.bytes.count ?? 0)
        guard let object else {
            // Deleted, or overwritten with something that is no object.
            guard let previous else { return nil }
            objects.remove(at: index)
            let last = previous.deleted(at: event.revision, head: head)
            return CachedEvent(object: last, previous: previous, isDeletion: true)
        }
        if previous != nil { objects[index] = object } else { objects.insert(object, at: index) }
        return CachedEvent(object: object, previous: previous, isDeletion: false)
    }

    /// The index of the first event after that revision.
    func firstEvent(after revision: Revision) -> Int {
        var low = 0
        var high = history.count
        while low < high {
            let middle = (low + high) / 2
            if history[middle].revision <= revision { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func remember(_ events: [CachedEvent], limits: KindCache.HistoryLimits) {
        for event in events {
            history.append(event)
            historyByteCount += event.byteCount
            let old = history.count - 1 - limits.encodedCount
            if old >= 0 { history[old].dropFrames() }
        }
        while history.count > limits.count || historyByteCount > limits.byteCount, let first = history.first {
            history.removeFirst()
            historyByteCount -= first.byteCount
            oldest = first.revision
            // A transaction is forgotten as a whole: a watch never begins in the middle of one.
            while let next = history.first, next.revision == oldest {
                history.removeFirst()
                historyByteCount -= next.byteCount
            }
        }
    }
}
