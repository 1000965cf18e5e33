public import Netlink

/// Keeps one WireGuard device as it should be: made when it is gone, repaired when somebody changed it.
///
/// Runs in the daemon with ``run()``; what is told with ``apply(_:)`` and ``configure(_:)`` holds from then on,
/// through restarts of the device. Ending it leaves the device as it is, for the next one to take over.
public actor WireGuardTunnel {
    /// What happened to the device.
    public enum Event: Sendable, Equatable {
        /// It was made, with all its peers.
        case made(peerCount: Int)
        /// It was there, and is ours again; what differed, in words, was changed.
        case adopted(repaired: [String], peerChangeCount: Int)
        /// Somebody had changed it; what differed, in words, was changed back.
        case repaired([String], peerChangeCount: Int)
        /// A peer of the plan was refused; the others are there. It is tried again with each comparison of everything.
        case refused(WireGuardError)
        /// It could not be made or repaired, which is tried again after the delay.
        case failed(WireGuardError, retryAfter: Duration)
    }

    private let driver: any WireGuardDriver
    private let monitor: RouteMonitor
    private let report: @Sendable (Event) -> Void
    /// Times between comparisons of everything, and between attempts.
    private let timing: Timing

    private var configuration: WireGuardConfiguration
    private var plan = WireGuardPlan()
    /// The plan that the device was last made to follow; nil where that is not known.
    private var applied: WireGuardPlan?
    /// Whether the device was as it should be when last seen.
    private var isReady = false
    /// Whether it was, once.
    private var wasReady = false
    /// When the device was last made.
    private var lastMade: ContinuousClock.Instant?
    /// How many times in a row it was gone soon after.
    private var quickDeathCount = 0
    /// Whether somebody changes the device: actors let others in where they wait.
    private var isTurnTaken = false
    /// Who wants to be next.
    private var waiting: [CheckedContinuation<Void, Never>] = []

    private let wakes: AsyncStream<Void>
    private nonisolated let wake: AsyncStream<Void>.Continuation

    /// How often things are done.
    public struct Timing: Sendable, Hashable {
        /// Between comparisons of everything, which find changes that the kernel does not tell of.
        public var resync: Duration
        /// After the first failed attempt; doubled after each further one.
        public var firstRetry: Duration
        /// After attempts that go on failing. A device that goes on dying is made again after these times too.
        public var lastRetry: Duration

        /// These times.
        public init(
            resync: Duration = .seconds(60),
            firstRetry: Duration = .milliseconds(250),
            lastRetry: Duration = .seconds(10)
        ) {
            self.resync = resync
            self.firstRetry = firstRetry
            self.lastRetry = lastRetry
        }
    }

    /// A keeper of the driver's device; nothing is done before ``run()``.
    ///
    /// - Parameters:
    ///   - driver: Drives the device; nobody else does meanwhile.
    ///   - configuration: What the device is to be.
    ///   - namespace: Where the driver's device is: its changes are listened to from now on.
    ///   - timing: How often things are done.
    ///   - report: Told what happens; must not block.
    public init(
        driver: any WireGuardDriver,
        configuration: WireGuardConfiguration,
        in namespace: borrowing NetworkNamespace,
        timing: Timing = Timing(),
        report: @escaping @Sendable (Event) -> Void = { _ in }
    ) throws(NetlinkError) {
        let monitor = try RouteMonitor([.links, .addresses], in: namespace)
        self.driver = driver
        self.monitor = monitor
        self.configuration = configuration
        self.timing = timing
        self.report = report
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: What should be

    /// Says which peers the device should have from now on.
    ///
    /// - Throws: What of it could not be done now; it is tried again.
    public func apply(_ plan: WireGuardPlan) async throws(WireGuardError) {
        self.plan = plan
        // Before the device is ready there is nobody to tell: all its peers come with it.
        guard isReady else { return }
        await takeTurn()
        defer { passTurn() }
        guard isReady, let applied else { return }
        let wanted = self.plan
        // What an earlier process left on the device is only seen by looking at it.
        if wanted.mayRemove, !applied.mayRemove { wake.yield() }
        let changes = wanted.changes(since: applied)
        guard !changes.isEmpty else { return }
        do throws(WireGuardError) {
            try await driver.apply(changes)
            self.applied = wanted
        } catch {
            if case .refused = error.code {
                self.applied = wanted
            } else {
                isReady = false
                wake.yield()
            }
            throw error
        }
    }

    /// Says what the device should be from now on, apart from its peers.
    public func configure(_ configuration: WireGuardConfiguration) {
        guard configuration != self.configuration else { return }
        self.configuration = configuration
        wake.yield()
    }

    // MARK: What is

    /// Whether the device was as it should be when last seen.
    public var isUp: Bool { isReady }

    /// The device and its peers as they are.
    public func status() async throws(WireGuardError) -> WireGuardStatus {
        try await driver.status()
    }

    // MARK: Keeping it so

    /// Keeps the device as it should be until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watch() }
            group.addTask { await self.resync() }
            wake.yield()
            for await _ in wakes { await settle() }
            group.cancelAll()
        }
    }

    /// Removes the device. Call it after ``run()`` has ended.
    public func remove() async throws(WireGuardError) {
        await takeTurn()
        defer { passTurn() }
        isReady = false
        applied = nil
        try await driver.remove()
    }

    /// Wakes the keeper when the device is not as it should be.
    private func watch() async {
        var iterator = monitor.makeAsyncIterator()
        while !Task.isCancelled {
            do throws(NetlinkError) {
                guard let event = try await iterator.next() else { return }
                if concerns(event) { wake.yield() }
            } catch {
                // Nothing was read: without a pause this would spin. The resync finds what is missed.
                wake.yield()
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func concerns(_ event: RouteMonitor.Event) -> Bool {
        switch event {
        case .overrun: true
        case .changed(.link(let link)):
            link.name == driver.device && isReady && (!link.flags.contains(.up) || link.mtu != configuration.mtu)
        case .changed(.linkRemoved(let link)): link.name == driver.device
        case .changed(.addressRemoved(let address)):
            configuration.addresses.contains(.init(address.address, prefixLength: address.prefixLength))
        default: false
        }
    }

    private func resync() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: timing.resync)
            wake.yield()
        }
    }

    /// Makes the device as it should be, however often it takes.
    private func settle() async {
        var delay = timing.firstRetry
        if quickDeathCount > 1 {
            // A program that dies as soon as it runs would otherwise be started without end.
            for _ in 2..<min(quickDeathCount, 16) { delay = min(delay * 2, timing.lastRetry) }
            try? await Task.sleep(for: delay)
            delay = timing.firstRetry
        }
        while !Task.isCancelled {
            do throws(WireGuardError) {
                try await repair()
                return
            } catch {
                isReady = false
                report(.failed(error, retryAfter: delay))
                try? await Task.sleep(for: delay)
                delay = min(delay * 2, timing.lastRetry)
            }
        }
    }

    /// Compares everything once, and changes what differs.
    private func repair() async throws(WireGuardError) {
        await takeTurn()
        defer { passTurn() }
        let preparation = try await driver.prepare(configuration)
        let wanted = plan
        let changes = wanted.changes(from: try await driver.status(), previous: applied)
        if !changes.isEmpty {
            do throws(WireGuardError) {
                try await driver.apply(changes)
            } catch {
                guard case .refused = error.code else { throw error }
                report(.refused(error))
            }
        }
        applied = wanted
        switch preparation {
        case .made:
            let now = ContinuousClock.now
            let livedLong = lastMade.map { now - $0 > .seconds(30) } ?? true
            quickDeathCount = livedLong ? 0 : quickDeathCount + 1
            lastMade = now
            report(.made(peerCount: wanted.peers.count))
        case .adopted(let repaired) where !wasReady:
            report(.adopted(repaired: repaired, peerChangeCount: changes.count))
        case .adopted(let repaired) where !repaired.isEmpty || !changes.isEmpty:
            report(.repaired(repaired, peerChangeCount: changes.count))
        case .adopted: break
        }
        isReady = true
        wasReady = true
        // What was said in the meantime is done by a further round.
        if plan != wanted { wake.yield() }
    }

    // MARK: One at a time

    private func takeTurn() async {
        guard isTurnTaken else {
            isTurnTaken = true
            return
        }
        // Whoever passes the turn on leaves it taken, for us.
        await withCheckedContinuation { waiting.append($0) }
    }

    private func passTurn() {
        if waiting.isEmpty {
            isTurnTaken = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}
