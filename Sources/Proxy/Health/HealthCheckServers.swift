public import Addressing
public import Observability
public import ServiceRouting
import Synchronization

/// The `healthCheckNodePort` servers: for each LoadBalancer Service with `externalTrafficPolicy: Local`, a port at which
/// load balancers ask whether this node has endpoints of it.
///
/// Both families and all addresses of a Service share one state. It is brought up to date after the rules are, so that
/// no balancer is told of endpoints that the rules do not know yet.
public actor HealthCheckServers {
    /// Where the servers listen.
    public enum Binding: Sendable, Equatable {
        /// On every address of both families.
        case every
        /// On these.
        case addresses(Set<IPAddress>)
    }

    /// A port that could not be had.
    public struct Failure: Sendable, Equatable {
        /// Whose port.
        public var service: ObjectKey
        /// The address and what went wrong.
        public var error: ListenError
    }

    /// The state and the open listeners of one Service.
    private struct Server {
        let state: HealthCheckState
        let port: UInt16
        var listeners: [ListenAddress: StatusServer] = [:]
    }

    private let isProxyHealthy: @Sendable () -> Bool
    private var limits = StatusServer.Limits()
    private var desired: [ObjectKey: HealthCheck] = [:]
    private var binding = Binding.every
    private var servers: [ObjectKey: Server] = [:]
    private var isReconciling = false
    private var mustRepeat = false

    /// No servers.
    ///
    /// - Parameter isProxyHealthy: Asked for each answer (``HealthState/isHealthy``).
    public init(isProxyHealthy: @escaping @Sendable () -> Bool) {
        self.isProxyHealthy = isProxyHealthy
        limits.connections = 64
    }

    /// Takes changes in, opens and closes listeners accordingly, and tries those again that could not be had before.
    ///
    /// - Parameters:
    ///   - changes: What is served for a Service from now on; nil for nothing.
    ///   - binding: Where; nil where it stays.
    /// - Returns: What could not be had. Call again, with no changes, to try once more.
    @discardableResult
    public func update(_ changes: [ObjectKey: HealthCheck?] = [:], binding: Binding? = nil) async -> [Failure] {
        for (service, check) in changes { desired[service] = check }
        if let binding { self.binding = binding }
        // Listening waits, so another update may come in between: the one that is under way takes it along.
        mustRepeat = true
        guard !isReconciling else { return [] }
        isReconciling = true
        var failures: [Failure] = []
        while mustRepeat {
            mustRepeat = false
            failures = await reconcile()
        }
        isReconciling = false
        return failures
    }

    /// Closes every listener.
    public func close() async {
        await update(Dictionary(uniqueKeysWithValues: desired.keys.map { ($0, nil) }))
    }

    /// The addresses that are listened on for a Service.
    public func addresses(of service: ObjectKey) -> [ListenAddress] {
        servers[service]?.listeners.values.flatMap(\.addresses).sorted { "\($0)" < "\($1)" } ?? []
    }

    private func reconcile() async -> [Failure] {
        await closeUnwanted()
        var failures: [Failure] = []
        for (service, check) in desired.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            let state: HealthCheckState
            if let server = servers[service] {
                state = server.state
            } else {
                state = HealthCheckState(service)
                servers[service] = Server(state: state, port: check.port)
            }
            state.localEndpointCount = check.localReadyEndpointCount
            for address in listenAddresses(port: check.port) where servers[service]?.listeners[address] == nil {
                do {
                    let listener = try await StatusServer.start(on: [address], limits: limits) { [isProxyHealthy] _ in
                        state.response(isProxyHealthy: isProxyHealthy())
                    }
                    servers[service]?.listeners[address] = listener
                } catch {
                    // Where the kernel lacks IPv6, the other family is all there is to serve.
                    if binding == .every, error.isMissingFamily { continue }
                    failures.append(Failure(service: service, error: error))
                }
            }
        }
        return failures
    }

    /// Closes first, so that a port can pass from one Service to another.
    private func closeUnwanted() async {
        for (service, server) in servers {
            let isKept = desired[service]?.port == server.port
            let wanted = isKept ? Set(listenAddresses(port: server.port)) : []
            for (address, listener) in server.listeners where !wanted.contains(address) {
                servers[service]?.listeners[address] = nil
                await listener.close()
            }
            if !isKept { servers[service] = nil }
        }
    }

    private func listenAddresses(port: UInt16) -> [ListenAddress] {
        switch binding {
        case .every: ListenAddress.everyAddress(port: Int(port))
        case .addresses(let addresses):
            addresses.sorted().map { ListenAddress(host: $0.description, port: Int(port), isIPv6Only: true) }
        }
    }
}
