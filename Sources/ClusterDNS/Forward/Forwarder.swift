import Logging
import NIOCore
import Observability
import ServiceLifecycle
import Synchronization

/// Asks other servers what the zones do not know, and remembers what they say.
///
/// Equal questions that are under way at the same time are asked once: so a loop of servers that forward to each other
/// ends with the first question, which then nobody answers.
final class Forwarder: Service, CustomStringConvertible {
    /// How it asks.
    struct Settings: Sendable {
        /// How long one server may take over UDP.
        var attemptTimeout: Duration = .milliseconds(1_500)
        /// How long a question may take in all; clients wait for five seconds (resolv.conf(5)).
        var deadline: Duration = .milliseconds(4_500)
        /// Servers asked for one question, with repetitions.
        var attempts = 4
        /// Questions under way.
        var questionLimit = 1_000
        /// Clients that wait for them.
        var clientLimit = 4_000
        var cache = AnswerCache.Limits()

        /// How long one message to a server may be waited for; nil where a question's time is over.
        func timeout(at now: ContinuousClock.Instant, until end: ContinuousClock.Instant) -> Duration? {
            let left = now.duration(to: end)
            return left > .milliseconds(10) ? min(left, attemptTimeout) : nil
        }
    }

    /// Takes the answer; nil where nobody gave one.
    typealias Completion = @Sendable (RemoteAnswer?) -> Void

    private struct State {
        var cache: AnswerCache
        var waiting: [AnswerCache.Key: [Completion]] = [:]
        var clientCount = 0
    }

    let description = "forwarder"
    let upstreams: UpstreamList
    private let settings: Settings
    private let state: Mutex<State>
    private let questions: AsyncStream<AnswerCache.Key>
    private let queue: AsyncStream<AnswerCache.Key>.Continuation
    private let group: any EventLoopGroup
    private let metrics: DNSMetrics
    private let logger: Logger

    init(
        upstreams: UpstreamList,
        settings: Settings = Settings(),
        group: any EventLoopGroup,
        metrics: DNSMetrics,
        logger: Logger
    ) {
        self.upstreams = upstreams
        self.settings = settings
        self.group = group
        self.metrics = metrics
        self.logger = logger
        state = Mutex(State(cache: AnswerCache(limits: settings.cache)))
        (questions, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(settings.questionLimit))
    }

    /// Number of answers that are remembered.
    var cachedCount: Int { state.withLock { $0.cache.count } }

    /// The remembered answer to a question.
    func cached(_ key: AnswerCache.Key) -> RemoteAnswer? {
        let answer = state.withLock { $0.cache.find(key, at: .now()) }?.answer
        if answer == nil { metrics.cacheMisses.increment() } else { metrics.cacheHits.increment() }
        return answer
    }

    /// Asks; the completion is called once, from any thread, at once where too much is under way.
    func ask(_ key: AnswerCache.Key, then complete: @escaping Completion) {
        enum Step { case wait, begin, refuse }
        let step = state.withLock { state -> Step in
            guard state.clientCount < settings.clientLimit else { return .refuse }
            if state.waiting[key] != nil {
                state.waiting[key]?.append(complete)
                state.clientCount += 1
                return .wait
            }
            guard state.waiting.count < settings.questionLimit else { return .refuse }
            state.waiting[key] = [complete]
            state.clientCount += 1
            return .begin
        }
        switch step {
        case .wait: break
        case .refuse: complete(nil)
        case .begin:
            if case .enqueued = queue.yield(key) { break }
            finish(key, nil)
        }
    }

    /// Asks what comes, until shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for await key in self.questions {
                    group.addTask { self.finish(key, await self.exchange(key)) }
                }
                group.cancelAll()
            }
        }
    }

    private func finish(_ key: AnswerCache.Key, _ answer: RemoteAnswer?) {
        let clients = state.withLock { state in
            let clients = state.waiting.removeValue(forKey: key) ?? []
            state.clientCount -= clients.count
            return clients
        }
        for complete in clients { complete(answer) }
    }

    // MARK: Exchanges

    /// Asks one server after the other until one knows.
    private func exchange(_ key: AnswerCache.Key) async -> RemoteAnswer? {
        let end = ContinuousClock.now + settings.deadline
        var refusal: RemoteAnswer?
        var isAsked = false
        var asked: Set<ServerEndpoint> = []
        for _ in 0..<settings.attempts {
            // Looked at each time: a server that did not answer comes last now.
            let servers = upstreams.order(at: .now())
            if asked.isSuperset(of: servers) { asked = [] }
            guard let server = servers.first(where: { !asked.contains($0) }) else { break }
            guard settings.timeout(at: .now, until: end) != nil, !Task.isCancelled else { break }
            asked.insert(server)
            isAsked = true
            do {
                let message = try await ask(server, key, until: end)
                upstreams.note(server, answered: true, at: .now())
                let answer = RemoteAnswer(message)
                if answer.code == .noError || answer.code == .noSuchName {
                    remember(answer, for: key)
                    return answer
                }
                refusal = answer
            } catch {
                metrics.forwardFailures.with("\(server)").increment()
                upstreams.note(server, answered: false, at: .now())
                logger.debug(
                    "no answer",
                    metadata: ["server": "\(server)", "name": "\(key.question.name)", "error": "\(error)"]
                )
            }
        }
        // Clients ask again at once; servers that are in trouble are not (RFC 9520, 3.2).
        if isAsked, !Task.isCancelled { remember(refusal ?? .failure, for: key) }
        return refusal
    }

    private func remember(_ answer: RemoteAnswer, for key: AnswerCache.Key) {
        guard let bytes = answer.encoded(for: key.question) else { return }
        state.withLock { $0.cache.store(answer, as: bytes, for: key, at: .now()) }
    }

    private func ask(
        _ server: ServerEndpoint,
        _ key: AnswerCache.Key,
        until end: ContinuousClock.Instant
    ) async throws -> DNSMessage {
        metrics.forwardRequests.with("\(server)").increment()
        let start = MonotonicTime.now()
        defer { metrics.forwardDuration.observe(MonotonicTime.now().duration(since: start)) }
        var generator = SystemRandomNumberGenerator()
        let query = OutgoingQuery(key, using: &generator)
        var answer: DNSMessage
        do {
            answer = try await overUDP(query, to: server, until: end)
        } catch UpstreamExchange.Failure.respelled {
            return try await overTCP(server, key, until: end)
        }
        if answer.code == .formatError || answer.code == .notImplemented {
            // A server from before EDNS (RFC 6891, 7).
            let plain = OutgoingQuery(key, withExtensions: false, using: &generator)
            answer = try await overUDP(plain, to: server, until: end)
        }
        return answer.flags.isTruncated ? try await overTCP(server, key, until: end) : answer
    }

    private func overUDP(
        _ query: OutgoingQuery,
        to server: ServerEndpoint,
        until end: ContinuousClock.Instant
    ) async throws -> DNSMessage {
        let timeout = try timeout(until: end)
        return try await UpstreamExchange.overUDP(query, to: server, timeout: timeout, group: group)
    }

    private func overTCP(
        _ server: ServerEndpoint,
        _ key: AnswerCache.Key,
        until end: ContinuousClock.Instant
    ) async throws -> DNSMessage {
        var generator = SystemRandomNumberGenerator()
        let query = OutgoingQuery(key, using: &generator)
        let timeout = try timeout(until: end)
        return try await UpstreamExchange.overTCP(query, to: server, timeout: timeout, group: group)
    }

    private func timeout(until end: ContinuousClock.Instant) throws -> TimeAmount {
        guard let timeout = settings.timeout(at: .now, until: end) else { throw UpstreamExchange.Failure.timeout }
        return TimeAmount(timeout)
    }
}
