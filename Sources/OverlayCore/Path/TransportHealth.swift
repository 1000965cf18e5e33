/// Whether one way to one peer works, from probes and their answers.
///
/// Down is only what chance cannot explain: see ``LossWindow/requiredRun(atLeast:)``. A path that loses a third of all
/// packets stays up.
struct TransportHealth: Sendable {
    /// What is known of the way.
    enum Verdict: Sendable, Hashable {
        case unknown, up, down
    }

    /// A probe that is on its way: a small one, or one of a size that is to be found out.
    private struct Outstanding: Sendable {
        var cookie: UInt64
        var sequence: UInt32
        var size: UInt32?
        var sentAt: Duration
        /// Its time is over; a late answer is welcome.
        var isOverdue = false
    }

    private(set) var verdict = Verdict.unknown
    /// Since when.
    private(set) var since: Duration
    private(set) var mtu: MTUSearch
    private(set) var losses = LossWindow()
    /// Smoothed as TCP does it (RFC 6298: 7/8 of what was, 1/8 of what is new); nil before the first answer.
    private(set) var roundTrip: Duration?
    /// When the youngest probe that was answered had been sent.
    private(set) var lastAnswered: Duration?
    /// The first of the small probes in a row that are lost at present.
    private(set) var firstLost: (sentAt: Duration, sequence: UInt32)?
    /// Sequence number of the probe sent last.
    private(set) var sequence: UInt32 = 0
    /// What we received of the peer's questions over this way.
    private(set) var received = ProbeFrame.Reception()
    /// When the last one came.
    private(set) var receivedAt: Duration?
    /// What the peer received of ours, as it said last.
    var told: ProbeFrame.Reception?
    /// The way in use is in doubt, so that this one may be needed: probed as often as is urgent.
    var isBoosted = false
    /// The way is in use: probed often.
    private(set) var isActive = false

    private var outstanding: [Outstanding] = []
    private var answeredInRow = 0
    /// When the next ones are due, and when the last ones were sent.
    private var smallAt: Duration
    private var fullAt: Duration
    private var raiseAt: Duration
    private var smallSent: Duration?
    private var fullSent: Duration?

    init(mtu: MTUSearch, now: Duration) {
        since = now
        self.mtu = mtu
        smallAt = now
        fullAt = now
        raiseAt = now
    }

    // MARK: When

    /// When the next probe that is on its way counts as lost; nil where none is.
    var nextLoss: Duration? {
        // They are in the order in which they were sent.
        outstanding.first { !$0.isOverdue }.map { $0.sentAt + answerTime }
    }

    /// When the next probe is due.
    var nextSend: Duration { asksForSize ? min(smallAt, fullAt) : smallAt }

    /// While small ones are lost, it is no use to ask for the size.
    private var asksForSize: Bool { losses.lostInRow < 3 }

    /// The next probes serve a decision, and go before those of healthy ways.
    func isUrgent(_ timing: PathTiming, now: Duration) -> Bool {
        if isBoosted { return true }
        return switch verdict {
        case .unknown: now - since < timing.silence * 2
        case .up: losses.lostInRow > 0 || mtu.isUrgent
        case .down: lastAnswered.map { now - $0 < .seconds(2) } ?? false
        }
    }

    /// An answer is late after this time: four round trips, within bounds.
    private var answerTime: Duration {
        guard let roundTrip else { return .milliseconds(500) }
        return min(max(roundTrip * 4, .milliseconds(200)), .seconds(2))
    }

    // MARK: Sending

    /// The sizes of what is to be sent now, in pod packets' bytes; nil is a small probe.
    func due(now: Duration) -> [UInt32?] {
        var sizes: [UInt32?] = smallAt <= now ? [nil] : []
        if fullAt <= now, asksForSize { sizes += mtu.sizes.map { $0 } }
        return sizes
    }

    /// Notes that probes were sent, and when the next ones are due.
    ///
    /// - Parameter pace: The interval between small probes in quiet times is so many times longer than usual.
    mutating func sent(
        _ probes: [(size: UInt32?, cookie: UInt64)],
        now: Duration,
        timing: PathTiming,
        pace: Double,
        jitter: Double
    ) {
        for probe in probes {
            sequence &+= 1
            outstanding.append(
                Outstanding(cookie: probe.cookie, sequence: sequence, size: probe.size, sentAt: now)
            )
        }
        // Never many: a round is at most nine, and each is forgotten after five seconds.
        if outstanding.count > 512 { outstanding.removeFirst(outstanding.count - 512) }
        let isUrgent = isUrgent(timing, now: now)
        if smallAt <= now {
            smallSent = now
            smallAt = now + smallDelay(timing, isUrgent: isUrgent, pace: pace, now: now) * jitter
        }
        if fullAt <= now, asksForSize {
            fullSent = now
            let quiet = (isActive ? timing.fullInterval : timing.standbyInterval) * pace
            fullAt = now + (mtu.isUrgent && isUrgent ? timing.urgentInterval : quiet) * min(jitter, 1)
        }
    }

    private func smallDelay(_ timing: PathTiming, isUrgent: Bool, pace: Double, now: Duration) -> Duration {
        if isUrgent { return shortDelay(timing) }
        switch verdict {
        case .up: return (isActive ? timing.smallInterval : timing.standbyInterval) * pace
        case .unknown, .down:
            return (now - since < timing.holdDown ? timing.smallInterval : timing.retryInterval) * pace
        }
    }

    /// Between small probes that are urgent.
    private func shortDelay(_ timing: PathTiming) -> Duration {
        isActive && verdict == .up && losses.lostInRow > 0 ? timing.doubtInterval : timing.urgentInterval
    }

    // MARK: What comes back

    /// Notes a question of the peer: where ours are lost, this is the moment to ask again.
    mutating func noteReceived(_ sequence: UInt32, now: Duration, timing: PathTiming) {
        received.lastSequence = sequence
        received.count &+= 1
        receivedAt = now
        guard verdict == .down else { return }
        smallAt = min(smallAt, max(now, smallSent.map { $0 + timing.urgentInterval } ?? now))
    }

    /// Notes an answer.
    ///
    /// - Returns: False where the cookie is none of ours, or was answered before.
    mutating func answered(_ cookie: UInt64, now: Duration, timing: PathTiming) -> Bool {
        guard let index = outstanding.firstIndex(where: { $0.cookie == cookie }) else { return false }
        let probe = outstanding.remove(at: index)
        let time = now - probe.sentAt
        roundTrip = roundTrip.map { ($0 * 7 + time) / 8 } ?? time
        lastAnswered = max(lastAnswered ?? probe.sentAt, probe.sentAt)
        if let size = probe.size {
            let wasSearching = mtu.isSearching
            mtu.answered(size)
            noteSearch(wasSearching, now: now, timing: timing)
        }
        // An answer that was long under way says nothing of probes that were sent after it.
        if let first = firstLost, probe.sentAt < first.sentAt { return true }
        firstLost = nil
        if probe.isOverdue { losses.forgetRun() }
        // Large ones that are lost do not count, so neither do those that come through.
        if probe.size == nil { losses.append(isLost: false) } else { losses.endRun() }
        answeredInRow += 1
        if verdict != .up { hasten(now: now, timing: timing, full: true) }
        judge(now: now, timing: timing)
        return true
    }

    /// Notes what was lost meanwhile, and judges.
    mutating func advance(now: Duration, timing: PathTiming) {
        let limit = answerTime
        for index in outstanding.indices where !outstanding[index].isOverdue {
            let probe = outstanding[index]
            guard now - probe.sentAt >= limit else { continue }
            outstanding[index].isOverdue = true
            if let size = probe.size {
                // Lost for its size only while small ones come back; those of its round were judged before it.
                guard losses.lostInRow == 0, lastAnswered != nil else {
                    // It says nothing, and is asked again before its usual time.
                    fullAt = min(fullAt, max(now, fullSent.map { $0 + timing.urgentInterval } ?? now))
                    continue
                }
                let wasSearching = mtu.isSearching
                mtu.lost(size, required: losses.requiredRun(atLeast: 4))
                noteSearch(wasSearching, now: now, timing: timing)
                hasten(now: now, timing: timing, full: true)
            } else if lastAnswered.map({ $0 < probe.sentAt }) ?? true {
                if firstLost == nil { firstLost = (probe.sentAt, probe.sequence) }
                losses.append(isLost: true)
                answeredInRow = 0
                hasten(now: now, timing: timing)
            } else {
                losses.appendPast()
            }
        }
        outstanding.removeAll { now - $0.sentAt > .seconds(5) }
        if verdict == .up, mtu.mayRaise, raiseAt <= now {
            raiseAt = now + timing.raiseInterval
            mtu.raise()
            hasten(now: now, timing: timing, full: true)
        }
        judge(now: now, timing: timing)
    }

    /// A search that has just ended is not begun again for a while.
    private mutating func noteSearch(_ wasSearching: Bool, now: Duration, timing: PathTiming) {
        if wasSearching, !mtu.isSearching { raiseAt = now + timing.raiseInterval }
    }

    /// The device does not take a packet of this size.
    mutating func refused(_ size: UInt32, now: Duration) {
        outstanding.removeAll { $0.size == size }
        mtu.refused(size)
        if mtu.isUrgent { fullAt = now }
    }

    /// Tries everything again soon: something about the path changed.
    mutating func recheck(now: Duration) {
        mtu.restart()
        raiseAt = now
        smallAt = now
        fullAt = now
    }

    /// Nothing is known any more: the path is another one.
    mutating func reset(now: Duration) {
        let fresh = TransportHealth(mtu: MTUSearch(floor: mtu.floor, ceiling: mtu.ceiling), now: now)
        let (sequence, received, isActive) = (sequence, received, isActive)
        self = fresh
        self.sequence = sequence
        self.received = received
        self.isActive = isActive
    }

    /// Takes it to work, since nothing can be found out.
    mutating func trust(now: Duration) {
        if verdict != .up { set(.up, now: now) }
    }

    /// An earlier daemon had found this size: it is tried first.
    mutating func inherit(mtu size: UInt32) { mtu.inherit(size) }

    /// Forgets what is on its way: we were not there to hear the answers.
    mutating func forgetOutstanding() { outstanding.removeAll() }

    /// The devices take another size by now.
    mutating func setCeiling(_ size: UInt32, now: Duration) {
        guard size != mtu.ceiling else { return }
        mtu.setCeiling(size)
        fullAt = now
    }

    /// The way comes into use, or goes out of it.
    mutating func setActive(_ isActive: Bool, now: Duration) {
        guard isActive != self.isActive else { return }
        self.isActive = isActive
        guard isActive else { return }
        smallAt = now
        fullAt = now
    }

    /// Asks again as soon as where there are few peers.
    mutating func attend(now: Duration, timing: PathTiming) {
        smallAt = min(smallAt, max(now, smallSent.map { $0 + timing.smallInterval } ?? now))
    }

    /// Sends the next probes sooner than planned, where they are urgent.
    mutating func hasten(now: Duration, timing: PathTiming, full: Bool = false) {
        guard isUrgent(timing, now: now) else { return }
        smallAt = min(smallAt, max(now, smallSent.map { $0 + shortDelay(timing) } ?? now))
        if full { fullAt = min(fullAt, max(now, fullSent.map { $0 + timing.urgentInterval } ?? now)) }
    }

    private mutating func judge(now: Duration, timing: PathTiming) {
        switch verdict {
        case .unknown, .down:
            if answeredInRow >= 3, mtu.isVerified, !mtu.isUseless {
                set(.up, now: now)
            } else if verdict == .unknown, isSilent(now: now, timing: timing) {
                set(.down, now: now)
            }
        case .up:
            if isSilent(now: now, timing: timing) || mtu.isUseless { set(.down, now: now) }
        }
    }

    private func isSilent(now: Duration, timing: PathTiming) -> Bool {
        guard let firstLost else { return false }
        let silence = now - firstLost.sentAt
        // With many peers probes are rare. A way that never worked is not worth more of them.
        if verdict == .unknown, losses.lostInRow >= 3, silence >= timing.silence * 4 { return true }
        let least = verdict == .up ? timing.outage : timing.silence
        return losses.lostInRow >= losses.requiredRun(atLeast: 5) && silence >= least
    }

    private mutating func set(_ verdict: Verdict, now: Duration) {
        self.verdict = verdict
        since = now
        if verdict == .down {
            answeredInRow = 0
            mtu.restart()
        }
    }
}
