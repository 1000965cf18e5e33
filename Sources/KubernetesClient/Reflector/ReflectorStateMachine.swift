import KubernetesAPI

/// Decides what a reflector asks next, and what the answers mean. Does no I/O and reads no clock.
///
/// It follows one kind of object: first all of them, as a watch that begins with the present objects ("streaming
/// list", Kubernetes 1.32 and newer) or as a list in pages; then the changes, by watches one after the other, each
/// from the version where the last one ended. Where the server no longer knows that version (410) it lists again.
struct ReflectorStateMachine<Object: KubernetesObject>: Sendable {
    /// A request to the server.
    enum Request: Sendable, Equatable {
        /// A page of the list. Version "0" may be answered from the server's cache, an empty one is the newest state.
        case list(resourceVersion: String, continuation: String?, limit: Int?)
        /// A watch that begins with the present objects.
        case streamingList
        /// A watch for the changes after a version.
        case watch(resourceVersion: String)
    }

    /// What came out of one event of a stream.
    struct Step: Sendable {
        /// What to tell; nil for nothing.
        var event: ReflectorEvent<Object>?
        /// True where the stream is of no more use.
        var closesStream = false
    }

    /// Objects in a page; upstream's page size (client-go `tools/pager`).
    static var pageSize: Int { 500 }
    /// Streaming lists that may break off before a list in pages is tried instead.
    static var streamingAttempts: Int { 2 }

    private enum Phase {
        /// Nothing is under way: all objects are to be listed.
        case unlisted
        /// A list in pages is under way.
        case paging(Collected, continuation: String?)
        /// A streaming list is under way.
        case streaming(Collected)
        /// The objects are known; the changes are followed.
        case watching(receivedAny: Bool)
    }

    private struct Collected: Sendable {
        var objects: [ObjectName: Object] = [:]
        var unreadable: [ObjectError] = []

        mutating func add(_ object: Object) {
            objects[ObjectName(object.metadata)] = object
        }

        mutating func remove(_ name: ObjectName) {
            objects[name] = nil
            unreadable.removeAll { $0.namespace == name.namespace && $0.name == name.name }
        }

        func event(at version: String) -> ReflectorEvent<Object> {
            .replaced(objects.keys.sorted().compactMap { objects[$0] }, version: version, unreadable: unreadable)
        }
    }

    private var phase = Phase.unlisted
    /// The version up to which everything is known; nil where the server must be asked for its newest state.
    private var version: String? = "0"
    private var serverStreamsLists: Bool
    private var brokenStreams = 0
    /// Pages are not asked for again after one expired on the way: on a busy server the next would, too.
    private var listsInPages = true
    private var backoff: Backoff
    private var delay: Duration = .zero

    /// A machine that has not asked anything.
    init(streamsLists: Bool = true, backoff: Backoff = Backoff()) {
        serverStreamsLists = streamsLists
        self.backoff = backoff
    }

    // MARK: Asking

    /// The next request, and how long to wait before it.
    mutating func nextRequest() -> (request: Request, delay: Duration) {
        defer { delay = .zero }
        switch phase {
        case .unlisted:
            if serverStreamsLists, brokenStreams < Self.streamingAttempts {
                phase = .streaming(Collected())
                return (.streamingList, delay)
            }
            phase = .paging(Collected(), continuation: nil)
            return (listRequest(continuation: nil), delay)
        case .paging(_, let continuation):
            return (listRequest(continuation: continuation), delay)
        case .streaming:
            phase = .streaming(Collected())
            return (.streamingList, delay)
        case .watching:
            phase = .watching(receivedAny: false)
            return (.watch(resourceVersion: version ?? ""), delay)
        }
    }

    /// Servers page only lists of the newest state: those of a given version come from their cache, whole.
    private func listRequest(continuation: String?) -> Request {
        if let continuation {
            return .list(resourceVersion: "", continuation: continuation, limit: Self.pageSize)
        }
        let limit = version == nil && listsInPages ? Self.pageSize : nil
        return .list(resourceVersion: version ?? "", continuation: nil, limit: limit)
    }

    // MARK: Answers

    /// Takes in a page of the list.
    mutating func received(page: ObjectList<Object>) -> ReflectorEvent<Object>? {
        guard case .paging(var collected, _) = phase else { return nil }
        phase = .unlisted  // lets go of the dictionary, which would be copied otherwise
        for object in page.items { collected.add(object) }
        collected.unreadable += page.unreadable
        if let continuation = page.continuation, !continuation.isEmpty {
            phase = .paging(collected, continuation: continuation)
            return nil
        }
        return listed(collected, at: page.resourceVersion)
    }

    /// Takes in an event of a watch.
    ///
    /// - Parameters:
    ///   - now: The time since any fixed point.
    ///   - jitter: A random number in 0..<1.
    mutating func received(_ event: WatchEvent<Object>, now: Duration, jitter: Double) -> Step {
        switch event {
        case .error(let status):
            let error = ClientError.api(APIError(request: "watch \(Object.resource.plural)", status: status))
            return Step(event: failed(error, now: now, jitter: jitter), closesStream: true)
        case .added(let object), .modified(let object):
            return Step(event: changed(object))
        case .deleted(let object):
            return Step(event: deleted(object))
        case .bookmark(let bookmark):
            return bookmarked(bookmark, now: now, jitter: jitter)
        }
    }

    /// Takes in an event whose object cannot be read.
    mutating func received(unreadable error: ObjectError) -> ReflectorEvent<Object>? {
        guard case .streaming(var collected) = phase else {
            phase = .watching(receivedAny: true)
            return .unreadable(error)
        }
        collected.unreadable.append(error)
        phase = .streaming(collected)
        return nil
    }

    private mutating func changed(_ object: Object) -> ReflectorEvent<Object>? {
        if case .streaming(var collected) = phase {
            phase = .unlisted  // lets go of the dictionary, which would be copied otherwise
            collected.add(object)
            phase = .streaming(collected)
            return nil
        }
        advance(to: object.metadata.resourceVersion)
        return .changed(object)
    }

    private mutating func deleted(_ object: DeletedObject) -> ReflectorEvent<Object>? {
        let name = ObjectName(namespace: object.namespace, name: object.name)
        if case .streaming(var collected) = phase {
            phase = .unlisted
            collected.remove(name)
            phase = .streaming(collected)
            return nil
        }
        advance(to: object.resourceVersion)
        return .deleted(namespace: name.namespace, name: name.name)
    }

    private mutating func bookmarked(_ bookmark: Bookmark, now: Duration, jitter: Double) -> Step {
        guard case .streaming(let collected) = phase else {
            advance(to: bookmark.resourceVersion)
            return Step()
        }
        guard bookmark.endsInitialEvents else {
            // A server that knows streaming lists sends no bookmark before that one: this server does not know them.
            serverStreamsLists = false
            phase = .unlisted
            return Step(closesStream: true)
        }
        return Step(event: listed(collected, at: bookmark.resourceVersion))
    }

    private mutating func listed(_ collected: Collected, at version: String) -> ReflectorEvent<Object> {
        self.version = version
        brokenStreams = 0
        listsInPages = true
        phase = .watching(receivedAny: true)
        return collected.event(at: version)
    }

    private mutating func advance(to version: String) {
        if !version.isEmpty { self.version = version }
        phase = .watching(receivedAny: true)
    }

    // MARK: Ends

    /// The server closed the stream in good order, as it does after `timeoutSeconds`.
    mutating func streamEnded(now: Duration, jitter: Double) -> ReflectorEvent<Object>? {
        switch phase {
        case .watching(let receivedAny):
            // A server that closes at once must not be asked again at once.
            if !receivedAny { delay = backoff.next(now: now, jitter: jitter) }
            return nil
        case .unlisted, .paging, .streaming:
            let error = ClientError.transport(
                request: "watch \(Object.resource.plural)",
                reason: "the stream ended before all objects had come"
            )
            return failed(error, now: now, jitter: jitter)
        }
    }

    /// A request or stream failed. Returns what to tell; nil where another way is tried at once.
    mutating func failed(_ error: ClientError, now: Duration, jitter: Double) -> ReflectorEvent<Object>? {
        let answer = error.apiError
        switch phase {
        case .streaming:
            phase = .unlisted
            if answer?.code == 400 || answer?.code == 422 {
                serverStreamsLists = false
                return nil
            }
            if answer == nil { brokenStreams += 1 }
        case .paging(_, let continuation):
            phase = .unlisted
            if answer?.code == 410 || answer?.isVersionTooLarge == true { version = nil }
            if continuation != nil, answer?.code == 410 {
                listsInPages = false
                return nil
            }
        case .watching:
            if let answer, answer.endsKnowledge {
                version = nil
                phase = .unlisted
            }
        case .unlisted:
            break
        }
        let wait = backoff.next(now: now, jitter: jitter)
        delay = max(wait, answer?.retryAfter ?? .zero)
        return .interrupted(error, retryAfter: delay)
    }
}

extension ClientError {
    /// The server's answer where it is one.
    fileprivate var apiError: APIError? {
        switch self {
        case .api(let error): error
        case .configuration, .credentials, .transport, .undecodable, .cancelled: nil
        }
    }
}

extension APIError {
    /// True where a watch cannot go on from the version it was at: it is too old, too new, or refused.
    fileprivate var endsKnowledge: Bool {
        code == 410 || code == 400 || code == 422 || isVersionTooLarge
    }
}
