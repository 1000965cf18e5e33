import KubernetesClient
import Testing

@Suite("Back-off")
struct BackoffTests {
    @Test("Waits double from 0.8 s up to 30 s")
    func doubles() {
        var backoff = Backoff()
        let waits = (0..<8).map { _ in (backoff.next(now: .zero, jitter: 0) / .milliseconds(1)).rounded() }
        #expect(waits == [800, 1600, 3200, 6400, 12800, 25600, 30000, 30000])
    }

    @Test("Jitter stretches a wait by up to as much again")
    func jitter() {
        var backoff = Backoff(initial: .seconds(1))
        #expect(backoff.next(now: .zero, jitter: 0.5) == .seconds(1.5))
        #expect(backoff.next(now: .zero, jitter: 0.25) == .seconds(2.5))
    }

    @Test("Two minutes without trouble start it over")
    func quiet() {
        var backoff = Backoff(initial: .seconds(1))
        _ = backoff.next(now: .zero, jitter: 0)
        #expect(backoff.next(now: .seconds(120), jitter: 0) == .seconds(2))
        #expect(backoff.next(now: .seconds(241), jitter: 0) == .seconds(1))
    }
}
