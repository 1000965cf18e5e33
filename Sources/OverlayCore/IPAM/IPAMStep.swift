/// What one call of ``IPAMCore/handle(_:view:now:)`` gathers.
struct IPAMStep {
    /// The moment of the call.
    let now: Duration
    /// Entries to be published, in their order, all at once.
    private(set) var entries: [ReplicatedEntry] = []
    /// Others' entries that must not be forgotten.
    var kept: [ReplicatedEntry] = []
    /// What else is to be done, after that.
    var outputs: [IPAMOutput] = []
    /// The networks whose blocks have changed.
    var changed: Set<String> = []

    /// A step at this moment.
    init(now: Duration) { self.now = now }

    /// Publishes an entry.
    mutating func publish(_ entry: ReplicatedEntry) { entries.append(entry) }

    /// The newest entry under a key: of those that this step publishes, else of the view.
    func entry(_ key: ReplicatedEntry.Key, _ view: some IPAMView) -> ReplicatedEntry? {
        entries.last { $0.key == key } ?? view.entry(key)
    }

    /// The version that a new entry under a key needs; nil where there is none left.
    func nextVersion(_ key: ReplicatedEntry.Key, _ view: some IPAMView) -> UInt64? {
        guard let old = entry(key, view) else { return 1 }
        return old.version < ReplicatedEntry.versionLimit - 1 ? old.version + 1 : nil
    }

    /// Tells the user that something cannot be had.
    mutating func fail(_ reason: String) { outputs.append(.failed(reason)) }

    /// Tells the operator something.
    mutating func log(_ level: MeshLogLevel, _ text: String) { outputs.append(.log(level, text)) }
}
