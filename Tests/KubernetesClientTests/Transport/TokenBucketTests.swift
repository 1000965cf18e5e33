import Testing

@testable import KubernetesClient

@Suite("Rate of requests")
struct TokenBucketTests {
    @Test("A burst goes at once, then one request each interval")
    func burst() {
        var bucket = TokenBucket(rate: 5, burst: 2, now: .zero)
        let waits = (0..<4).map { _ in bucket.reserve(now: .zero) }
        #expect(waits[0] == .zero)
        #expect(waits[1] == .zero)
        #expect(abs(waits[2] / .milliseconds(1) - 200) < 1)
        #expect(abs(waits[3] / .milliseconds(1) - 400) < 1)
    }

    @Test("A rest gives no more than the burst back")
    func rest() {
        var bucket = TokenBucket(rate: 5, burst: 2, now: .zero)
        let waits = (0..<3).map { _ in bucket.reserve(now: .seconds(3600)) }
        #expect(waits[1] == .zero)
        #expect(waits[2] > .zero)
    }
}
