public import JSON
public import KubernetesAPI

/// Decides whether this process leads, by a Lease that it reads and writes: at most one of several does.
///
/// A value that its owner drives: it says what to ask, and is told what was answered. Another's lease is over where
/// *we* saw no change of it for as long as it says, by our own clock; our own is over ``Settings/renewDeadline`` after
/// the last renewal began that was answered. So clocks may show whatever they like, as long as they run at about the
/// same speed: `leaseDuration` and `renewDeadline` may differ by the ratio of the fastest to the slowest.
/// Source: `k8s.io/client-go/tools/leaderelection`.
public struct LeaderElection: Sendable {
    /// The times; upstream's defaults.
    public struct Settings: Sendable, Hashable {
        /// For how long others keep away after a renewal.
        public var leaseDuration = Duration.seconds(15)
        /// For how long the leader tries to renew before it gives up; less than `leaseDuration`.
        public var renewDeadline = Duration.seconds(10)
        /// How often a try is made.
        public var retryPeriod = Duration.seconds(2)

        /// Upstream's.
        public init() {}

        /// Times of one's own.
        public init(leaseDuration: Duration, renewDeadline: Duration, retryPeriod: Duration) {
            self.leaseDuration = leaseDuration
            self.renewDeadline = renewDeadline
            self.retryPeriod = retryPeriod
        }
    }

    /// What a Lease says.
    public struct Record: Sendable, Hashable {
        /// Who leads; empty for nobody.
        public var holder: String
        /// For how long, in seconds.
        public var durationSeconds: Int
        /// When the leader began; by its clock.
        public var acquireTime: String
        /// When the leader renewed last; by its clock.
        public var renewTime: String
        /// How often the leader changed.
        public var transitions: Int

        /// What a Lease says; what it does not say is empty.
        public init(_ lease: JSONValue) {
            let spec = lease["spec"]
            holder = spec?["holderIdentity"]?.string ?? ""
            durationSeconds = spec?["leaseDurationSeconds"]?.integer ?? 0
            acquireTime = spec?["acquireTime"]?.string ?? ""
            renewTime = spec?["renewTime"]?.string ?? ""
            transitions = spec?["leaseTransitions"]?.integer ?? 0
        }
    }

    /// What to ask the server.
    public enum Request: Sendable, Hashable {
        /// For the Lease.
        case read
        /// To make it: it must not be there yet.
        case create(JSONValue)
        /// To put this in place of the version that it names.
        case replace(JSONValue)
    }

    /// Who this is; unique among all that want to lead.
    public let identity: String
    private let settings: Settings
    private let name: String
    private let namespace: String
    /// The Lease as it was last seen, and when its content was seen first.
    private var lease: JSONValue?
    private var observed: (record: Record, at: Duration)?
    /// When the renewal began that was answered last; nil where this does not lead.
    private var renewed: Duration?
    private var tryBegan: Duration?

    /// An election for a Lease; nothing is known yet.
    public init(namespace: String, name: String, identity: String, settings: Settings = Settings()) {
        self.namespace = namespace
        self.name = name
        self.identity = identity
        self.settings = settings
    }

    /// Who leads, as far as is known; empty for nobody.
    public var holder: String { observed?.record.holder ?? "" }

    /// Until when this leads, unless it renews; nil where it does not.
    public var deadline: Duration? { renewed.map { $0 + settings.renewDeadline } }

    /// Whether this leads at that time.
    public func leads(at now: Duration) -> Bool { deadline.map { now < $0 } ?? false }

    /// When to make the next try.
    ///
    /// - Parameter jitter: In 0..<1; those who do not lead spread their tries.
    public func delay(jitter: Double) -> Duration {
        renewed == nil ? settings.retryPeriod * (1 + 1.2 * jitter) : settings.retryPeriod
    }

    /// Begins a try.
    ///
    /// - Returns: What to ask first. A leader writes at once; whoever does not lead looks first.
    public mutating func begin(now: Duration, wallClock: Timestamp) -> Request {
        tryBegan = now
        guard leads(at: now) else {
            renewed = nil
            return .read
        }
        return lease.map { .replace(renewal(of: $0, wallClock)) } ?? .read
    }

    /// Takes in what was read.
    ///
    /// - Parameter lease: Nil where there is none.
    /// - Returns: What to write; nil where another one leads.
    public mutating func received(_ lease: JSONValue?, now: Duration, wallClock: Timestamp) -> Request? {
        guard let lease else {
            self.lease = nil
            observed = nil
            return .create(acquisition(of: nil, wallClock))
        }
        observe(lease, now: now)
        guard let observed else { return nil }
        if observed.record.holder != identity { renewed = nil }
        // Who says nothing of a time is given as much as this would take.
        let told = Duration.seconds(min(max(observed.record.durationSeconds, 0), 86_400))
        let isOver =
            observed.record.holder.isEmpty || observed.record.holder == identity
            || now >= observed.at + (told > .zero ? told : settings.leaseDuration)
        return isOver ? .replace(acquisition(of: lease, wallClock)) : nil
    }

    /// Takes in the answer to a write: this leads from the moment on at which the try began.
    public mutating func wrote(_ lease: JSONValue, now: Duration) {
        observe(lease, now: now)
        let isOurs = observed?.record.holder == identity
        renewed = isOurs ? tryBegan : nil
    }

    /// A request was refused, or not answered. Who leads goes on until its deadline, but looks before it writes again.
    public mutating func failed(now: Duration) {
        lease = nil
        if !leads(at: now) { renewed = nil }
    }

    /// What to ask to let another one lead at once; nil where this does not lead.
    ///
    /// Where the last try was not answered the Lease is read first: its version is not known.
    public mutating func release(now: Duration, wallClock: Timestamp) -> Request? {
        defer { renewed = nil }
        guard leads(at: now) else { return nil }
        return lease.map { releasing($0, wallClock) } ?? .read
    }

    /// Takes in what was read in order to let go; nil where it is not ours to let go.
    public mutating func released(_ lease: JSONValue?, wallClock: Timestamp) -> Request? {
        guard let lease, Record(lease).holder == identity else { return nil }
        return releasing(lease, wallClock)
    }

    private func releasing(_ lease: JSONValue, _ wallClock: Timestamp) -> Request {
        var lease = lease
        lease[path: "spec", "holderIdentity"] = ""
        lease[path: "spec", "leaseDurationSeconds"] = 1
        lease[path: "spec", "renewTime"] = .string(wallClock.microsecondDescription)
        return .replace(lease)
    }

    private mutating func observe(_ lease: JSONValue, now: Duration) {
        self.lease = lease
        let record = Record(lease)
        if observed?.record != record { observed = (record, now) }
    }

    private func renewal(of lease: JSONValue, _ wallClock: Timestamp) -> JSONValue {
        var lease = lease
        lease[path: "spec", "renewTime"] = .string(wallClock.microsecondDescription)
        return lease
    }

    private func acquisition(of present: JSONValue?, _ wallClock: Timestamp) -> JSONValue {
        let time = JSONValue.string(wallClock.microsecondDescription)
        var lease: JSONValue =
            present ?? [
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": ["name": .string(name), "namespace": .string(namespace)],
            ]
        let record = Record(lease)
        lease[path: "spec", "renewTime"] = time
        lease[path: "spec", "leaseDurationSeconds"] = .integer(settings.leaseDuration.components.seconds)
        guard record.holder != identity else { return lease }
        lease[path: "spec", "holderIdentity"] = .string(identity)
        lease[path: "spec", "acquireTime"] = time
        lease[path: "spec", "leaseTransitions"] = .integer(present == nil ? 0 : record.transitions &+ 1)
        return lease
    }
}
