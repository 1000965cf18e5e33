import Addressing
import Logging
import NIOCore
import Observability
import ServiceLifecycle

/// Listens and answers.
///
/// For `0.0.0.0` and `::` every address of the machine gets sockets of its own, since a UDP answer must come from the
/// address that was asked, and another resolver may listen at one of them. New addresses are found within seconds.
struct DNSServer: Service, CustomStringConvertible {
    /// How often the machine's addresses are looked at.
    private static let lookInterval: Duration = .seconds(5)

    let description = "DNS server"
    let endpoints: [ServerEndpoint]
    let desk: QueryDesk
    var limits = DNSListener.Limits()
    let group: any EventLoopGroup
    let logger: Logger
    /// Returns once there is something to say.
    let begins: @Sendable () async -> Void
    /// Is told where it listens, now and when that changes.
    let didListen: @Sendable (Set<ServerEndpoint>) -> Void

    /// Serves until shutdown.
    ///
    /// - Throws: `ListenError` where an address cannot be listened on, with the remedy.
    func run() async throws {
        await cancelWhenGracefulShutdown { await begins() }
        guard !Task.isShuttingDownGracefully, !Task.isCancelled else { return }
        let connections = ConnectionCount(limits: limits)
        var listeners: [ServerEndpoint: DNSListener] = [:]
        do {
            for endpoint in endpoints where !endpoint.address.isUnspecified {
                listeners[endpoint] = try await open(endpoint, connections)
            }
            try await follow(&listeners, connections)
        } catch {
            for listener in listeners.values { await listener.close() }
            throw error
        }
        for listener in listeners.values { await listener.close() }
    }

    private func open(
        _ endpoint: ServerEndpoint,
        _ connections: ConnectionCount
    ) async throws(ListenError) -> DNSListener {
        let listener = try await DNSListener.open(
            endpoint,
            desk: desk,
            idleTime: limits.idleTime,
            connections: connections,
            group: group
        )
        logger.info("Listening", metadata: ["address": "\(listener.endpoint)"])
        return listener
    }

    /// Listens at the machine's addresses, as they come and go, until shutdown.
    private func follow(
        _ listeners: inout [ServerEndpoint: DNSListener],
        _ connections: ConnectionCount
    ) async throws {
        let every = endpoints.filter { $0.address.isUnspecified }
        var complained: Set<ServerEndpoint> = []
        while true {
            let wanted = Set(every.flatMap { LocalAddresses.expand($0) })
            var failure: ListenError?
            for endpoint in wanted.sorted(by: { $0.address < $1.address }) where listeners[endpoint] == nil {
                do {
                    listeners[endpoint] = try await open(endpoint, connections)
                    complained.remove(endpoint)
                } catch {
                    failure = error
                    guard complained.insert(endpoint).inserted else { continue }
                    logger.warning("Not listening at one address", metadata: ["error": "\(error)"])
                }
            }
            for (endpoint, listener) in listeners where !wanted.contains(endpoint) && !endpoints.contains(endpoint) {
                await listener.close()
                listeners[endpoint] = nil
            }
            if listeners.isEmpty, let failure { throw failure }
            didListen(Set(listeners.values.map(\.endpoint)))
            guard !every.isEmpty else {
                try? await gracefulShutdown()
                return
            }
            do {
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.lookInterval) }
            } catch {
                return
            }
            if Task.isShuttingDownGracefully { return }
        }
    }
}
