import NFTables
public import Netlink
import Synchronization

/// Makes the kernel of one network namespace be as an ``OverlayState`` says, and keeps it so.
///
/// ``apply(_:)`` changes what differs and returns when it is done. ``run()`` watches for what others do to our objects
/// and puts it right, tries again what failed, and compares everything from time to time. Nothing here is needed for
/// packets to flow: what is in the kernel stays when the process ends, and is taken over by the next one.
///
/// Ours are: the VXLAN device, with all addresses, neighbours and forwarding entries on it; the IPv4 addresses of the
/// WireGuard device; the bridges and VXLAN devices of bridged networks, which bear our alias; routes of protocol 77 in
/// the main table; the nftables table `inet trama-overlay`. Nothing else is changed, but for settings that forwarding
/// needs: where it is turned on for IPv6, links that learnt their routers from advertisements go on doing so.
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

    /// What others may see at any time.
    struct Published: Sendable {
        var counters = OverlayCounters()
        var problems: [OverlayProblem] = []
    }

    let timing: Timing
    let namespace: NetworkNamespace
    let network: RouteConnection
    let nftables: NFTablesConnection
    /// What happens to links, addresses, routes and neighbours.
    let changes: RouteChangeQueue
    /// Ends the watch's wait, for it to look at its deadlines again.
    let wake: WakeEvent
    let published = Mutex(Published())
    private let executor: ThreadExecutor
    private let start = ContinuousClock.now

    var model: KernelModel
    var table: OverlayTableKeeper
    /// When everything was last read and compared; nil where it must be at once.
    var lastComparison: Duration?
    /// Whether the kernel was made as it is wanted once: what differs later is somebody else's work.
    var hasReconciled = false
    /// The last failure of the table, and when it is tried again.
    var tableProblem: OverlayProblem?
    var tableNotBefore: Duration = .zero
    /// Why connections that lead into tunnels could not be ended; it is tried again with the next change or comparison.
    var connectionProblem: OverlayProblem?

    /// Whether a call is at work; others wait in line, since each suspends.
    private var isBusy = false
    private var line: [CheckedContinuation<Void, Never>] = []

    /// The reconciler's own thread: it enters namespaces.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// A reconciler of that network namespace.
    public init(in namespace: borrowing NetworkNamespace, timing: Timing = Timing()) throws(OverlayError) {
        self.timing = timing
        do throws(NetlinkError) {
            // Listening begins before anything is read.
            changes = try RouteChangeQueue(in: namespace)
            network = try RouteConnection(in: namespace)
            nftables = try NFTablesConnection(in: namespace)
            wake = try WakeEvent()
            self.namespace = try namespace.duplicate()
        } catch {
            throw OverlayError(error)
        }
        executor = ThreadExecutor(name: "overlay")
        let retries = RetrySchedule(firstPause: timing.firstPause, longestPause: timing.longestPause)
        model = KernelModel(grace: timing.grace, retries: retries)
        table = OverlayTableKeeper(backend: nftables)
    }

    /// A reconciler of the calling thread's network namespace.
    public init(timing: Timing = Timing()) throws(OverlayError) {
        let namespace: NetworkNamespace
        do throws(NetlinkError) {
            namespace = try NetworkNamespace.current()
        } catch {
            throw OverlayError(error)
        }
        try self.init(in: namespace, timing: timing)
    }

    // MARK: For the daemon

    /// Makes the kernel be as the state says.
    ///
    /// What a state before this one asked for and this one does not is removed at once, if the state is complete; so
    /// is, at the first complete state, what bears our mark although no state asked for it. Calls do not overlap; each
    /// works on its own state.
    ///
    /// - Throws: Only where the kernel cannot be asked; what it refuses is in the report.
    @discardableResult
    public func apply(_ state: OverlayState) async throws(OverlayError) -> OverlayReport {
        await enter()
        defer { leave() }
        let intended = model.update(to: state)
        // Of a link that is new to us, what is on it is not known.
        if intended.contains(where: \.isLink) { lastComparison = nil }
        table.update(to: state)
        return try await reconcile(intended: intended, isApplying: true)
    }

    /// What was done so far.
    public nonisolated var counters: OverlayCounters { published.withLock { $0.counters } }

    /// What is not as it should be at present, and is being tried again.
    public nonisolated var problems: [OverlayProblem] { published.withLock { $0.problems } }

    /// Reads from the kernel how many packets our table dropped.
    public func drops() async throws(OverlayError) -> OverlayDrops {
        await enter()
        defer { leave() }
        do throws(TransactionError) {
            var table = self.table
            let drops = try await table.drops()
            self.table = table
            return drops
        } catch {
            throw OverlayError("count what was dropped: \(error)")
        }
    }

    // MARK: One at a time

    /// Waits for its turn.
    func enter() async {
        guard isBusy else {
            isBusy = true
            return
        }
        await withCheckedContinuation { line.append($0) }
    }

    /// Lets the next one in.
    func leave() {
        if line.isEmpty {
            isBusy = false
        } else {
            line.removeFirst().resume()
        }
    }

    /// The time since the reconciler was made.
    var now: Duration { ContinuousClock.now - start }
}

extension OverlayError {
    init(_ error: NetlinkError) { self.init("\(error)") }
}
