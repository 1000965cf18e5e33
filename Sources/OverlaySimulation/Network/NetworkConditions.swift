import OverlayCore

/// How well the network between the hosts works.
///
/// The mesh runs over TCP, so a lost segment is a delay, and what is sent on one connection arrives in order. Between
/// connections everything may be reordered.
public struct NetworkConditions: Sendable, Hashable {
    /// One-way delay of a segment; each draws its own.
    public var latency: ClosedRange<Duration>
    /// Chance that a message has to be sent again, of 0 to 1; sending again may fail likewise.
    public var loss: Double
    /// Delay of the first sending again; each further one takes twice as long (RFC 6298: 200 ms at least on Linux).
    public var retransmission: Duration
    /// Chance that a message's connection is reset instead of delivering it, of 0 to 1.
    public var reset: Double
    /// When a host that does not answer is given up by who dials it.
    public var dialTimeout: Duration
    /// What an end may have sent without its having been read, in bytes; more makes the connection unwritable.
    public var sendBuffer: Int

    /// Conditions from their parts; those of a data centre unless told otherwise.
    public init(
        latency: ClosedRange<Duration> = .microseconds(200)...(.milliseconds(2)),
        loss: Double = 0,
        retransmission: Duration = .milliseconds(200),
        reset: Double = 0,
        dialTimeout: Duration = .seconds(5),
        sendBuffer: Int = 256 * 1024
    ) {
        self.latency = latency
        self.loss = loss
        self.retransmission = retransmission
        self.reset = reset
        self.dialTimeout = dialTimeout
        self.sendBuffer = sendBuffer
    }

    /// How long a message is under way.
    func delay(using generator: inout SplitMix64) -> Duration {
        var delay = generator.duration(in: latency)
        var retransmission = retransmission
        var attempts = 0
        while attempts < 6, generator.happens(loss) {
            delay += retransmission
            retransmission += retransmission
            attempts += 1
        }
        return delay
    }
}
