extension OverlayDaemon {
    /// How often it is looked whether pods can be attached, while they cannot, and while they can.
    private static let intervals = (blocked: Duration.milliseconds(100), ready: Duration.seconds(2))

    /// Tells why pods cannot be attached here or reached from elsewhere, at first and whenever that changes.
    func watchObstacles(_ tell: @Sendable ([String]) -> Void) async {
        var told: [String]?
        while !Task.isCancelled {
            let obstacles = await status().obstacles
            if obstacles != told {
                told = obstacles
                tell(obstacles)
            }
            try? await Task.sleep(for: obstacles.isEmpty ? Self.intervals.ready : Self.intervals.blocked)
        }
    }
}
