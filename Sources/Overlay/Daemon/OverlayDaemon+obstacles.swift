extension OverlayDaemon {
    /// How often it is looked whether pods can be attached, while they cannot, and while they can.
    private static let intervals = (blocked: Duration.milliseconds(100), ready: Duration.seconds(2))
    /// How long something must be in the way, where nothing was, before it is told: what is mended at once is no news,
    /// and would take a node out of service.
    private static let patience: Duration = .seconds(5)

    /// Tells why pods cannot be attached here or reached from elsewhere, at first and whenever that changes.
    func watchObstacles(_ tell: @Sendable ([String]) -> Void) async {
        let clock = ContinuousClock()
        var told: [String]?
        var blockedSince: ContinuousClock.Instant?
        while !Task.isCancelled {
            let obstacles = await status().obstacles
            let now = clock.now
            blockedSince = obstacles.isEmpty ? nil : blockedSince ?? now
            let isPassing = told == [] && blockedSince.map { now - $0 < Self.patience } ?? false
            if obstacles != told, !isPassing {
                told = obstacles
                tell(obstacles)
            }
            try? await clock.sleep(for: obstacles.isEmpty ? Self.intervals.ready : Self.intervals.blocked)
        }
    }
}
