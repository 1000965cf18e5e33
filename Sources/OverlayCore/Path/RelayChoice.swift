/// Which third peer passes packets on, for one peer that we do not reach.
///
/// The one of the two with the lower identity leads: it asks, chooses and confirms each second; the other follows.
/// Each confirmation goes all the way to the other end and back, so that nothing is believed of a peer that is gone.
struct RelayChoice: Sendable {
    /// What a peer said that could be a relay.
    struct Offer: Sendable, Hashable {
        var mtu: UInt32
        /// The whole way, there and back.
        var roundTrip: Duration
        var at: Duration
    }

    /// A question that is on its way.
    private struct Question: Sendable {
        var cookie: UInt64
        var relay: PeerID
        var at: Duration
    }

    /// Whom we use or ask to.
    private(set) var candidate: PeerID? {
        willSet { if let candidate, candidate == used, candidate != newValue { mtuBefore = mtu } }
    }
    /// The largest pod packet that the candidate gets through on the far side.
    private(set) var mtu: UInt32 = 0
    /// Whom packets go by, which may be another one than the candidate for a while; and what gets through there.
    private var used: PeerID?
    private var mtuBefore: UInt32 = 0
    /// When something is next to be done; nil while no relay is wanted.
    private(set) var nextDeadline: Duration?
    private var offers: [PeerID: Offer] = [:]
    private var rejected: [PeerID: Duration] = [:]
    private var questions: [Question] = []
    private var candidateSince = Duration.zero
    private var confirmedSince: Duration?
    private var confirmedAt: Duration?
    private var wantedSince: Duration?
    private var queryAt = Duration.zero
    private var choiceAt: Duration?
    private var useAt = Duration.zero
    /// How far the round of those who are asked has come.
    private(set) var asked = 0
    /// We follow, and the leader sends packets through the relay.
    private var isLeaderUsing = false
    private var isFollowing = false
    /// We follow, and the leader reaches us directly.
    private var leaderIsDirect = false

    /// The relay that works; nil while there is none.
    func confirmed(now: Duration, timing: PathTiming) -> PeerID? {
        guard let candidate, let confirmedAt, now - confirmedAt < timing.relayTimeout else { return nil }
        if isFollowing { return isLeaderUsing ? candidate : nil }
        // The peer's daemon may have come back just now, and will be heard directly in a moment.
        guard let confirmedSince, now - confirmedSince >= .milliseconds(1500) else { return nil }
        return candidate
    }

    /// Whether packets may leave the relay for a transport that has been up since then.
    func mayLeave(since: Duration, now: Duration, timing: PathTiming) -> Bool {
        isFollowing ? leaderIsDirect : now - since >= timing.relayHoldDown
    }

    /// What to send now.
    enum Step: Sendable, Hashable {
        /// Ask so many peers, from that place on in the round, whether they reach the peer.
        case query
        /// Ask this peer to be the relay.
        case use(PeerID)
        case none
    }

    /// The leader's next step; called when ``nextDeadline`` has come.
    mutating func step(now: Duration, timing: PathTiming) -> Step {
        isFollowing = false
        let wanted = wantedSince ?? now
        wantedSince = wanted
        questions.removeAll { now - $0.at > .seconds(2) }
        rejected = rejected.filter { $0.value > now }
        offers = offers.filter { now - $0.value.at < .seconds(2) }
        if let candidate {
            let limit = confirmedAt == nil ? Duration.milliseconds(1500) : timing.relayTimeout
            if now - (confirmedAt ?? candidateSince) >= limit { reject(candidate, now: now) }
        }
        if candidate == nil, let choiceAt, now >= choiceAt {
            self.choiceAt = nil
            choose(now: now)
        }
        defer { schedule(now: now) }
        if let candidate {
            guard now >= useAt else { return .none }
            // Confirmations that are late are asked for more often.
            let isLate = confirmedAt.map { now - $0 > timing.relayInterval * 1.5 } ?? true
            useAt = now + (isLate ? timing.relayInterval / 4 : timing.relayInterval)
            return .use(candidate)
        }
        guard now >= queryAt else { return .none }
        let isOld = now - wanted > timing.holdDown
        queryAt = now + (isOld ? timing.relayInterval * 5 : timing.relayInterval)
        choiceAt = now + .milliseconds(300)
        return .query
    }

    /// Wants a relay from now on.
    mutating func begin(now: Duration) {
        if nextDeadline == nil { nextDeadline = now }
    }

    /// The largest pod packet, in bytes, that gets through on the far side of the relay that packets go by.
    var usedMTU: UInt32 { used == candidate ? mtu : mtuBefore }

    /// Packets go through the relay from now on: the other end is told at once.
    mutating func use(_ relay: PeerID, now: Duration) {
        used = relay
        guard !isFollowing else { return }
        useAt = now
        nextDeadline = now
    }

    /// Notes a question.
    mutating func sent(_ cookie: UInt64, to relay: PeerID, now: Duration) {
        questions.append(Question(cookie: cookie, relay: relay, at: now))
    }

    /// Others are asked next time.
    mutating func turn(by count: Int) { asked = (asked + count) % (1 << 30) }

    /// When the question was sent that this answers; nil where there was none.
    mutating func take(_ cookie: UInt64, from relay: PeerID) -> Duration? {
        guard let index = questions.firstIndex(where: { $0.cookie == cookie && $0.relay == relay }) else { return nil }
        return questions.remove(at: index).at
    }

    /// A peer reaches the other one.
    mutating func offered(by relay: PeerID, _ offer: Offer) { offers[relay] = offer }

    /// The other end agreed.
    mutating func agreed(mtu: UInt32, now: Duration, timing: PathTiming) {
        self.mtu = mtu
        confirmedAt = now
        confirmedSince = confirmedSince ?? now
    }

    /// A peer does not reach the other one, or the other one wants it not.
    mutating func reject(_ relay: PeerID, now: Duration) {
        rejected[relay] = now + .seconds(3)
        offers[relay] = nil
        guard candidate == relay else { return }
        candidate = nil
        confirmedAt = nil
        confirmedSince = nil
        queryAt = now
        nextDeadline = now
    }

    /// The leader chose this relay.
    mutating func follow(_ relay: PeerID, mtu: UInt32, isLeaderUsing: Bool, now: Duration) {
        isFollowing = true
        leaderIsDirect = false
        self.isLeaderUsing = isLeaderUsing
        candidate = relay
        self.mtu = mtu
        confirmedAt = now
        confirmedSince = confirmedSince ?? now
    }

    /// The leader sends its packets directly.
    mutating func leaderWentDirect() { if isFollowing { leaderIsDirect = true } }

    /// An earlier daemon used this relay, as the other end still does: it counts as confirmed just now.
    mutating func inherit(_ relay: PeerID, mtu: UInt32, isLeading: Bool, now: Duration) {
        self = RelayChoice()
        candidate = relay
        self.mtu = mtu
        candidateSince = now
        confirmedSince = now - .seconds(2)
        confirmedAt = now
        isFollowing = !isLeading
        isLeaderUsing = !isLeading
    }

    /// No relay is wanted any more.
    mutating func clear() { self = RelayChoice() }

    /// The fastest of those who offered; of equally fast ones the lowest identity.
    private mutating func choose(now: Duration) {
        let open = offers.filter { rejected[$0.key] == nil }
        guard let best = open.min(by: { ($0.value.roundTrip, $0.key) < ($1.value.roundTrip, $1.key) }) else { return }
        candidate = best.key
        mtu = best.value.mtu
        candidateSince = now
        confirmedAt = nil
        confirmedSince = nil
        useAt = now
    }

    private mutating func schedule(now: Duration) {
        var next = candidate == nil ? queryAt : useAt
        if candidate == nil, let choiceAt { next = min(next, choiceAt) }
        nextDeadline = max(next, now)
    }
}
