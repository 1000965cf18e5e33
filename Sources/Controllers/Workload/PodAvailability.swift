import KubernetesAPI

extension Pod {
    /// Whether it counts: neither finished nor being ended.
    var isActive: Bool { !isFinished && !isTerminating }

    /// Since when it is ready; nil where it is not, or nobody says.
    var readySince: Timestamp? { isReady ? conditions["Ready"]?.lastTransition : nil }

    /// Whether it has been ready for so long.
    func isAvailable(after minReadySeconds: Int, now: Timestamp) -> Bool {
        guard isReady else { return false }
        guard minReadySeconds > 0 else { return true }
        guard let since = readySince else { return false }
        return since.advanced(by: .seconds(minReadySeconds)) <= now
    }

    /// How long it takes until it is available, if it stays ready; nil where it is, or is not ready.
    func timeToAvailability(after minReadySeconds: Int, now: Timestamp) -> Duration? {
        guard minReadySeconds > 0, let since = readySince else { return nil }
        let due = since.advanced(by: .seconds(minReadySeconds))
        return due > now ? now.duration(to: due) : nil
    }
}
