/// Which of many peers are asked more often: those that there is traffic with.
extension PathTable {
    /// How much later than our own frame something must have been sent for it to be another's: the kernel counts in
    /// steps of 10 ms, and reading takes its time.
    private static var doubt: Duration { .milliseconds(200) }

    /// Takes note of when something was last sent to peers.
    mutating func note(_ ages: [PeerID: Duration], now: Duration) {
        let timing = configuration.timing
        for (peer, age) in ages {
            guard let machine = machines[peer], age >= .zero,
                machine.frameSent.map({ now - age > $0 + Self.doubt }) ?? true
            else { continue }
            let wasBusy = machine.busyUntil > now
            machines[peer]?.busyUntil = now - age + timing.attention
            guard !wasBusy else { continue }
            machines[peer]?.attend(now: now, timing: timing)
            settle(peer, now: now)
        }
        busyCount = machines.values.count { $0.busyUntil > now }
    }

    /// By how much the intervals of a peer are longer than usual, so that all fit into the budget.
    ///
    /// Per peer: one small probe a second, a full-size one each five, and those of the other transport. The busy ones
    /// get up to three quarters of it.
    func pace(isBusy: Bool) -> Double {
        let quiet = max(1, Double(configuration.timing.probesPerSecond) * 0.8)
        let (busy, idle) = (Double(busyCount) * 1.3, Double(max(0, machines.count - busyCount)) * 1.3)
        guard busy + idle > quiet else { return 1 }
        let share = min(busy, max(quiet * 0.75, quiet - idle))
        return max(1, isBusy ? busy / max(1, share) : idle / (quiet - share))
    }
}
