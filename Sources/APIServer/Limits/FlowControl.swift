import APIAccess
import APIRegistry
import DequeModule
import NIOCore
import Synchronization

/// How many requests are worked on at once, and whose turn it is: nobody starves because somebody else floods.
///
/// Each level has seats. Where all are taken, requests wait in a queue for each user, and the users take turns. A queue
/// that is full, and waiting too long, are answered with 429. Watches take no seat while they last. Much simpler than
/// upstream's priority and fairness, whose purpose it has.
final class FlowControl: Sendable {
    /// Whose requests share seats.
    enum Level: Int, Sendable, Hashable, CaseIterable {
        /// The nodes, and the parts of the control plane.
        case system
        /// Everybody else.
        case others
        /// Nobody knows who.
        case anonymous
    }

    /// How much is done at once.
    struct Limits: Sendable {
        /// Seats per level.
        var seats: [Level: Int] = [.system: 64, .others: 64, .anonymous: 8]
        /// So many requests of one user wait.
        var queueLength = 50
        /// So many requests of a level wait.
        var totalQueueLength = 1_000
        /// A request waits at most so long.
        var patience = TimeAmount.seconds(15)
    }

    private struct State {
        var taken: [Level: Int] = [:]
        var queues: [Level: Queues] = [:]
        var nextTicket: UInt64 = 0
    }

    /// The queues of one level.
    private struct Queues {
        /// Users with waiting requests, in the order of their turns.
        var turns: Deque<String> = []
        var waiting: [String: Deque<Waiter>] = [:]
        var count = 0
    }

    private struct Waiter {
        var ticket: UInt64
        var continuation: CheckedContinuation<Bool, Never>
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    /// The level of somebody; nil for the administrators of the cluster, who are never held up.
    static func level(of identity: RequestIdentity) -> Level? {
        if identity.groups.contains("system:masters") { return nil }
        if identity.user == RequestIdentity.anonymous.user { return .anonymous }
        let isSystem =
            identity.groups.contains("system:nodes") || identity.groups.contains("system:serviceaccounts:kube-system")
            || (identity.user.hasPrefix("system:") && !identity.user.hasPrefix("system:serviceaccount:"))
        return isSystem ? .system : .others
    }

    /// How many requests are worked on, and how many wait.
    var load: (taken: Int, waiting: Int) {
        state.withLock { state in
            (state.taken.values.reduce(0, +), state.queues.values.reduce(0) { $0 + $1.count })
        }
    }

    /// Waits for a seat, which must be given back with ``leave(_:)``.
    func enter(_ level: Level, user: String, on eventLoop: any EventLoop) async throws(Refusal) {
        let isSeated = await withCheckedContinuation { continuation in
            switch arrive(level, user, continuation) {
            case .seated: continuation.resume(returning: true)
            case .refused: continuation.resume(returning: false)
            case .waits(let ticket):
                eventLoop.scheduleTask(in: limits.patience) { self.expire(ticket, level, user) }
            }
        }
        guard isSeated else { throw .tooManyRequests() }
    }

    private enum Arrival {
        case seated
        case refused
        case waits(UInt64)
    }

    private func arrive(
        _ level: Level,
        _ user: String,
        _ continuation: CheckedContinuation<Bool, Never>
    ) -> Arrival {
        state.withLock { state in
            let taken = state.taken[level, default: 0]
            if taken < limits.seats[level, default: 1] {
                state.taken[level] = taken + 1
                return .seated
            }
            var queues = state.queues.removeValue(forKey: level) ?? Queues()
            defer { state.queues[level] = queues }
            let own = queues.waiting[user]?.count ?? 0
            guard own < limits.queueLength, queues.count < limits.totalQueueLength else { return .refused }
            state.nextTicket += 1
            if own == 0 { queues.turns.append(user) }
            queues.waiting[user, default: []].append(Waiter(ticket: state.nextTicket, continuation: continuation))
            queues.count += 1
            return .waits(state.nextTicket)
        }
    }

    /// Gives a seat back; the next user in turn gets it.
    func leave(_ level: Level) {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            var queues = state.queues.removeValue(forKey: level) ?? Queues()
            defer { state.queues[level] = queues }
            guard let user = queues.turns.popFirst() else {
                state.taken[level, default: 1] -= 1
                return nil
            }
            let waiter = queues.waiting[user]?.popFirst()
            queues.count -= 1
            if queues.waiting[user]?.isEmpty == false { queues.turns.append(user) } else { queues.waiting[user] = nil }
            return waiter?.continuation
        }
        next?.resume(returning: true)
    }

    /// A request that has waited too long is refused.
    private func expire(_ ticket: UInt64, _ level: Level, _ user: String) {
        let expired = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard let index = state.queues[level]?.waiting[user]?.firstIndex(where: { $0.ticket == ticket }) else {
                return nil
            }
            let waiter = state.queues[level]?.waiting[user]?.remove(at: index)
            state.queues[level]?.count -= 1
            if state.queues[level]?.waiting[user]?.isEmpty == true {
                state.queues[level]?.waiting[user] = nil
                state.queues[level]?.turns.removeAll { $0 == user }
            }
            return waiter?.continuation
        }
        expired?.resume(returning: false)
    }
}
