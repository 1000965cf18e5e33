/// How often paths are probed, and how long each decision takes.
public struct PathTiming: Sendable, Hashable {
    /// Between two small probes of the path in use, ±20 %; longer with more peers than ``probesPerSecond`` allows.
    public var smallInterval = Duration.seconds(1)
    /// Between two full-size probes of the path in use.
    public var fullInterval = Duration.seconds(5)
    /// Between two probes of a path that is not in use.
    public var standbyInterval = Duration.seconds(20)
    /// Between two probes while something is to be found out.
    public var urgentInterval = Duration.milliseconds(125)
    /// Between two small probes of a path in use that has begun to lose them: enough of them within ``outage`` that chance
    /// is no explanation.
    public var doubtInterval = Duration.milliseconds(60)
    /// Between two probes of a path that has been down for longer than ``holdDown``.
    public var retryInterval = Duration.seconds(5)
    /// A path that worked is down after so long a silence at the soonest.
    public var outage = Duration.milliseconds(1200)
    /// A path that never worked is down after so long a silence at the soonest.
    public var silence = Duration.milliseconds(2000)
    /// Another path must have been heard of for so long, while the one in use is silent, before it takes over.
    public var proof = Duration.milliseconds(750)
    /// The preferred path must have been up for so long before it is used again.
    public var holdDown = Duration.seconds(30)
    /// What ``holdDown`` grows to, doubling, while the preferred path fails soon after each return.
    public var maximumHoldDown = Duration.seconds(600)
    /// A direct path must have been up for so long before it takes the place of a relay.
    public var relayHoldDown = Duration.seconds(10)
    /// Between two looks for a larger MTU on a path whose MTU is smaller than its devices would allow.
    public var raiseInterval = Duration.seconds(60)
    /// Between two confirmations of a relay.
    public var relayInterval = Duration.seconds(1)
    /// A relay is given up after so long without a confirmation.
    public var relayTimeout = Duration.seconds(5)
    /// Packets for a peer that is present in the mesh but silent on every path are refused after so long.
    public var refusalDelay = Duration.seconds(60)
    /// What an earlier daemon left counts for peers that are heard of within this time.
    public var inheritance = Duration.seconds(60)
    /// So long after traffic was seen a peer is asked more often than others, where there are many.
    public var attention = Duration.seconds(20)
    /// Of all probes that we begin.
    public var probesPerSecond = 100

    /// The usual times.
    public init() {}
}
