public import KubernetesAPI

/// Follows all objects of a kind: tells which there are, then each change, for as long as it is iterated.
///
/// It is pulled: nothing is asked of the server, and nothing is kept, that the iterating task does not wait for. The
/// sequence ends only where that task is cancelled; every failure is told and tried again.
public struct Reflector<Object: KubernetesObject>: AsyncSequence, Sendable {
    /// What is told.
    public typealias Element = ReflectorEvent<Object>
    /// Nothing is thrown.
    public typealias Failure = Never

    private let resource: ResourceType
    private let client: KubernetesClient
    private let selection: Selection
    private let random: @Sendable () -> Double

    /// A reflector; nothing is sent before it is iterated.
    ///
    /// - Parameters:
    ///   - resource: The kind, where the type stands for several.
    ///   - client: The server to follow.
    ///   - selection: Which objects.
    ///   - random: Gives numbers in 0..<1, for jitter.
    public init(
        _ type: Object.Type = Object.self,
        of resource: ResourceType = Object.resource,
        client: KubernetesClient,
        selection: Selection = Selection(),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.resource = resource
        self.client = client
        self.selection = selection
        self.random = random
    }

    /// Begins to follow.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(self)
    }

    /// Drives the state machine with the client's answers.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let reflector: Reflector
        private var machine = ReflectorStateMachine<Object>()
        private var stream: WatchStream<Object>?

        fileprivate init(_ reflector: Reflector) {
            self.reflector = reflector
        }

        private var client: KubernetesClient { reflector.client }
        private var selection: Selection { reflector.selection }
        private func random() -> Double { reflector.random() }

        /// Waits for the next thing to tell; nil where the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> ReflectorEvent<Object>? {
            await advance()
        }

        /// Waits for the next thing to tell; nil where the task is cancelled.
        public mutating func next() async -> ReflectorEvent<Object>? {
            await advance()
        }

        private mutating func advance() async -> ReflectorEvent<Object>? {
            while !Task.isCancelled {
                do {
                    let event = stream == nil ? try await ask() : try await read()
                    if let event { return event }
                } catch {
                    stream = nil
                    guard error != .cancelled else { break }
                    if let event = machine.failed(error, now: client.time.now(), jitter: random()) { return event }
                }
            }
            stream = nil
            return nil
        }

        /// Sends the next request.
        private mutating func ask() async throws(ClientError) -> ReflectorEvent<Object>? {
            let (request, delay) = machine.nextRequest()
            if delay > .zero {
                do {
                    try await client.time.sleep(delay)
                } catch {
                    throw .cancelled
                }
            }
            switch request {
            case .list(let version, let continuation, let limit):
                let page = try await client.list(
                    Object.self,
                    of: reflector.resource,
                    selection,
                    resourceVersion: version,
                    limit: limit,
                    continuation: continuation
                )
                return machine.received(page: page)
            case .streamingList:
                stream = try await client.watch(
                    Object.self,
                    of: reflector.resource,
                    selection,
                    from: .initialEvents,
                    timeout: watchTimeout
                )
            case .watch(let version):
                stream = try await client.watch(
                    Object.self,
                    of: reflector.resource,
                    selection,
                    from: .resourceVersion(version),
                    timeout: watchTimeout
                )
            }
            return nil
        }

        /// Reads the next event of the watch under way.
        private mutating func read() async throws(ClientError) -> ReflectorEvent<Object>? {
            switch try await stream?.next() {
            case .event(let event):
                let step = machine.received(event, now: client.time.now(), jitter: random())
                if step.closesStream { stream = nil }
                return step.event
            case .unreadable(let error):
                return machine.received(unreadable: error)
            case nil:
                stream = nil
                return machine.streamEnded(now: client.time.now(), jitter: random())
            }
        }

        /// Five to ten minutes, as upstream: the watches of many clients must not all end at once.
        private var watchTimeout: Duration { .seconds(300 + (300 * random()).rounded(.down)) }
    }
}
