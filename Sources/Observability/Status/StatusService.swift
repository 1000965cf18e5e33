public import Logging
public import NIOCore
public import NIOPosix
public import ServiceLifecycle

/// Keeps a ``StatusServer`` listening until the process is to stop; tries again where an address cannot be had.
public struct StatusService: Service, CustomStringConvertible {
    /// What it serves, for log lines: `metrics`.
    public let name: String
    /// Where to listen.
    public let addresses: [ListenAddress]
    /// Whether not being able to listen ends the service with the error.
    public var failsHard = false
    /// The pause before it tries again.
    public var retryInterval: Duration = .seconds(5)
    /// What clients may use.
    public var limits = StatusServer.Limits()
    /// Adds what stands between a connection and HTTP, such as TLS; nil for nothing.
    public var prepare: (@Sendable (any Channel) throws -> Void)?
    /// Called with the addresses each time that it has begun to listen.
    public var didStart: @Sendable ([ListenAddress]) -> Void = { _ in }
    /// Called each time that it could not listen.
    public var didFail: @Sendable (ListenError) -> Void = { _ in }

    private let group: any EventLoopGroup
    private let logger: Logger
    private let responder: StatusResponder

    /// A service that listens once it runs.
    ///
    /// - Parameters:
    ///   - name: What it serves, for log lines.
    ///   - addresses: Where to listen.
    ///   - group: The event loops that serve.
    ///   - logger: Where failures are told.
    ///   - handler: Called for each request, on an event loop.
    public init(
        name: String,
        addresses: [ListenAddress],
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger,
        responder: StatusResponder
    ) {
        self.name = name
        self.addresses = addresses
        self.group = group
        self.logger = logger
        self.responder = responder
    }

    /// A server whose requests are answered from memory.
    public init(
        name: String,
        addresses: [ListenAddress],
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger,
        handler: @escaping StatusHandler
    ) {
        self.init(name: name, addresses: addresses, group: group, logger: logger, responder: .immediate(handler))
    }

    /// The service's name, for the service group.
    public var description: String { "\(name) server" }

    /// Serves until shutdown or cancellation.
    ///
    /// - Throws: ``ListenError`` where ``failsHard``.
    public func run() async throws {
        while true {
            do {
                let server = try await StatusServer.start(
                    on: addresses,
                    limits: limits,
                    group: group,
                    prepare: prepare,
                    responder: responder
                )
                logger.info(
                    "Serving",
                    metadata: ["server": "\(name)", "addresses": .array(server.addresses.map { "\($0)" })]
                )
                didStart(server.addresses)
                // Ends with shutdown, or throws with cancellation; both mean stop.
                try? await gracefulShutdown()
                await server.close()
                return
            } catch {
                didFail(error)
                if failsHard { throw error }
                logger.error(
                    "Cannot serve, trying again",
                    metadata: ["server": "\(name)", "error": "\(error)", "after": "\(retryInterval)"]
                )
            }
            do {
                try await cancelWhenGracefulShutdown { [retryInterval] in try await Task.sleep(for: retryInterval) }
            } catch {
                return
            }
            if Task.isShuttingDownGracefully { return }
        }
    }
}
