public import Netlink

/// Makes the kernel of one network namespace be as an ``OverlayState`` says, and keeps it so.
///
/// ``apply(_:)`` changes what differs and returns when it is done. ``run()`` watches for what others do to our objects
/// and puts it right, tries again what failed, and compares everything from time to time. Nothing here is needed for
/// packets to flow: what is in the kernel stays when the process ends, and is taken over by the next one.
///
/// Ours are: the VXLAN device, with all addresses, neighbours and forwarding entries on it; the bridges and VXLAN
/// devices of bridged networks, which bear our alias; routes of protocol 77 in the main table; the nftables table
/// `inet trama-overlay`. Nothing else is changed, but for settings that forwarding needs.
public actor OverlayReconciler {
    /// How patient the reconciler is.
    public struct Timing: Sendable, Hashable {
        /// How often everything is read and compared although nothing happened.
        public var comparisonInterval: Duration = .seconds(60)
        /// How long an object with our mark, that another part of us may have made just before telling, is left alone.
        public var grace: Duration = .seconds(2)
        /// The first pause after the kernel refused something; it doubles with each refusal.
        public var firstPause: Duration = .milliseconds(250)
        /// The longest pause.
        public var longestPause: Duration = .seconds(30)

        /// The usual times.
        public init() {}
    }

    private let timing: Timing

    /// A reconciler of that network namespace.
    public init(in namespace: borrowing NetworkNamespace, timing: Timing = Timing()) throws(OverlayError) {
        self.timing = timing
    }

    /// A reconciler of the calling thread's network namespace.
    public init(timing: Timing = Timing()) throws(OverlayError) {
        self.timing = timing
    }

    /// Makes the kernel be as the state says.
    ///
    /// What a state before this one asked for and this one does not is removed at once; what is found there at the first
    /// call, and with our mark, once the state is complete. Calls do not overlap; each works on its own state.
    ///
    /// - Throws: Only where the kernel cannot be asked; what it refuses is in the report.
    @discardableResult
    public func apply(_ state: OverlayState) async throws(OverlayError) -> OverlayReport {
        OverlayReport()
    }

    /// Keeps the kernel as the last applied state says, until the task is cancelled.
    public func run() async throws(OverlayError) {}

    /// Removes all that is ours from the kernel, and nothing else; also what another process left there.
    ///
    /// - Parameter vxlanDevice: The name of the pod network's device, where no state was applied.
    @discardableResult
    public func reset(vxlanDevice: String = "trama.vxlan") async throws(OverlayError) -> OverlayReport {
        OverlayReport()
    }

    /// What was done so far.
    public nonisolated var counters: OverlayCounters { OverlayCounters() }

    /// What is not as it should be at present, and is being tried again.
    public nonisolated var problems: [OverlayProblem] { [] }

    /// Reads from the kernel how many packets our table dropped.
    public func drops() async throws(OverlayError) -> OverlayDrops { OverlayDrops() }
}
