import Addressing
import Logging
import Observability
import Synchronization

/// Decides whose questions are passed on, by the machine's subnets as they are.
final class ForwardingPolicy: Sendable {
    /// How old what is known of the subnets may be.
    private static let memory: Duration = .seconds(5)

    private struct State {
        var subnets: [IPPrefix] = []
        var looked: MonotonicTime?
        var hasComplained = false
    }

    private let clients: ForwardingClients
    private let look: @Sendable () -> [IPPrefix]
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter look: Reads the machine's subnets; called while others wait, and seldom.
    init(
        _ clients: ForwardingClients,
        logger: Logger,
        look: @escaping @Sendable () -> [IPPrefix] = { LocalAddresses.subnets() }
    ) {
        self.clients = clients
        self.look = look
        self.logger = logger
    }

    /// Whether a client's questions are passed on; the first whose are not is logged.
    func allows(_ client: IPAddress?) -> Bool {
        guard let client else { return false }
        if clients.contain(client, subnets: { subnets(at: .now()) }) { return true }
        let isFirst = state.withLock { state in
            defer { state.hasComplained = true }
            return !state.hasComplained
        }
        if isFirst {
            logger.notice(
                "other names are not asked of others for clients from afar; name whom to trust",
                metadata: ["client": "\(client)"]
            )
        }
        return false
    }

    private func subnets(at now: MonotonicTime) -> [IPPrefix] {
        state.withLock { state in
            if let looked = state.looked, now.duration(since: looked) < Self.memory { return state.subnets }
            state.looked = now
            state.subnets = look()
            return state.subnets
        }
    }
}
