/// Tasks that wait for the next change of something that an actor owns.
///
/// Who waits enters, then looks, and then waits with the ticket: so no change is missed in between. Then it leaves.
struct WaitingRoom {
    private var continuations: [UInt64: AsyncStream<Never>.Continuation] = [:]
    private var number: UInt64 = 0

    /// A place in the room, for one wait.
    struct Ticket: Sendable {
        fileprivate let number: UInt64
        fileprivate let stream: AsyncStream<Never>

        /// Waits for the next change, for that moment, or for the task's end, whichever comes first.
        func wait(until end: ContinuousClock.Instant) async {
            await withTaskGroup { group in
                group.addTask { for await _ in stream {} }
                group.addTask { try? await Task.sleep(until: end, clock: .continuous) }
                await group.next()
                group.cancelAll()
            }
        }
    }

    /// Takes a place.
    mutating func enter() -> Ticket {
        number += 1
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        continuations[number] = continuation
        return Ticket(number: number, stream: stream)
    }

    /// Gives it back.
    mutating func leave(_ ticket: Ticket) { continuations.removeValue(forKey: ticket.number)?.finish() }

    /// Something changed: all who wait go on.
    mutating func call() {
        for continuation in continuations.values { continuation.finish() }
        continuations = [:]
    }
}
