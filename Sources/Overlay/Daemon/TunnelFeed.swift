import ServiceLifecycle
import WireGuard

/// Tells the encrypted path what it should have, in a task of its own: one that hangs holds up nothing else.
///
/// Of plans that wait only the newest counts.
actor TunnelFeed: ServiceLifecycle.Service, CustomStringConvertible {
    nonisolated let description = "plans of the encrypted path"

    /// What became of a plan.
    enum Outcome: Sendable, Equatable {
        /// The device follows it, or will once it is there; a peer may have been refused.
        case done(problem: String?)
        /// Nothing yet; ``changes`` tells when there is.
        case late
    }

    /// Says that a plan has come to its end that nobody waited for any more.
    nonisolated let changes: AsyncStream<Void>

    private let tunnel: WireGuardTunnel
    /// How long others wait.
    private let patience: Duration
    private var next: (number: UInt64, plan: WireGuardPlan)?
    private var isStatusWanted = false
    private var handed: UInt64 = 0
    private var done: UInt64 = 0
    private var problem: String?
    private var status: WireGuardStatus?
    private var isHanging = false
    private var waiters = WaitingRoom()
    private let changed: AsyncStream<Void>.Continuation
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(_ tunnel: WireGuardTunnel, patience: Duration = .milliseconds(500)) {
        self.tunnel = tunnel
        self.patience = patience
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Hands a plan on, and waits a little for it to be followed; not at all while another one hangs.
    func hand(_ plan: WireGuardPlan) async -> Outcome {
        handed += 1
        let number = handed
        next = (number, plan)
        wake.yield()
        await wait { self.done >= number }
        return done >= number ? .done(problem: problem) : .late
    }

    /// The device as it is; nil where it does not say so soon.
    func deviceStatus() async -> WireGuardStatus? {
        status = nil
        isStatusWanted = true
        wake.yield()
        await wait { !self.isStatusWanted }
        return status
    }

    func run() async throws {
        for await _ in wakes.cancelOnGracefulShutdown() {
            if isStatusWanted {
                status = try? await tunnel.status()
                isStatusWanted = false
                progress()
            }
            while let (number, plan) = next {
                next = nil
                var problem: String?
                do {
                    try await tunnel.apply(plan)
                } catch {
                    problem = "\(error)"
                }
                self.problem = problem
                done = number
                progress()
            }
        }
    }

    /// Lets those look who wait.
    private func progress() {
        if isHanging { changed.yield() }
        isHanging = false
        waiters.call()
    }

    private func wait(until isDone: () -> Bool) async {
        guard !isHanging else { return }
        let end = ContinuousClock.now + patience
        while !isDone(), ContinuousClock.now < end, !Task.isCancelled {
            let ticket = waiters.enter()
            await ticket.wait(until: end)
            waiters.leave(ticket)
        }
        if !isDone() { isHanging = true }
    }
}
