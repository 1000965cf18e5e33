import APIRegistry
import Synchronization

/// How much memory the bodies of requests may take all together, and those of one user: who sends much at once is told
/// to try again, and the others go on.
final class BodyBudget: Sendable {
    /// How much there is, in bytes.
    struct Limits: Sendable {
        /// For everybody.
        var total = 128 << 20
        /// For each user; the administrators of the cluster may have all.
        var perUser = 32 << 20
    }

    private struct State {
        var total = 0
        var users: [String: Int] = [:]
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    /// How many bytes are taken.
    var taken: Int { state.withLock { $0.total } }

    /// The share of a request, which gives back what it took when it is gone.
    ///
    /// - Parameter user: Nil for the administrators of the cluster.
    func share(of user: String?) -> BodyShare { BodyShare(of: self, user: user) }

    fileprivate func take(_ count: Int, _ user: String?) -> Bool {
        state.withLock { state in
            guard state.total + count <= limits.total else { return false }
            if let user {
                let own = state.users[user] ?? 0
                guard own + count <= limits.perUser else { return false }
                state.users[user] = own + count
            }
            state.total += count
            return true
        }
    }

    fileprivate func give(_ count: Int, _ user: String?) {
        guard count > 0 else { return }
        state.withLock { state in
            state.total -= count
            guard let user else { return }
            let left = (state.users[user] ?? 0) - count
            state.users[user] = left > 0 ? left : nil
        }
    }
}

/// What a request took of a ``BodyBudget``.
final class BodyShare: Sendable {
    private let budget: BodyBudget
    private let user: String?
    private let count = Mutex(0)

    fileprivate init(of budget: BodyBudget, user: String?) {
        self.budget = budget
        self.user = user
    }

    deinit { budget.give(count.withLock { $0 }, user) }

    /// Takes more; refuses where too much is taken already.
    func take(_ more: Int) throws(Refusal) {
        guard budget.take(more, user) else {
            throw .tooManyRequests("Too many bodies of requests are being read, please try again later.")
        }
        count.withLock { $0 += more }
    }
}
