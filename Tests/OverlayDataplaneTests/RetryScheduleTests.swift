@testable import OverlayDataplane
import Testing

@Suite struct RetryScheduleTests {
    private let key = KernelKey.link("a")

    @Test func `the pauses after refusals double up to the longest, and end with success`() {
        var schedule = RetrySchedule(firstPause: .seconds(1), longestPause: .seconds(5))
        var now = Duration.seconds(10)
        for pause in [1, 2, 4, 5, 5] {
            schedule.refused(key, reason: "no", now: now)
            #expect(schedule.notBefore(key) - now == .seconds(pause))
            #expect(schedule.isWaiting(key, now: now))
            now = schedule.notBefore(key)
            #expect(!schedule.isWaiting(key, now: now))
        }
        #expect(schedule.problems == [OverlayProblem(object: "link a", reason: "no")])
        #expect(!schedule.isWaiting(.link("b"), now: now))
        schedule.succeeded(key)
        #expect(schedule.problems.isEmpty)
        schedule.refused(key, reason: "no", now: now)
        #expect(schedule.notBefore(key) - now == .seconds(1))
    }

    @Test func `a quarrel is slowed down, and single repairs are not`() {
        var schedule = RetrySchedule(firstPause: .seconds(1), longestPause: .seconds(30))
        var now = Duration.seconds(10)
        for _ in 0..<100 {
            schedule.repaired(key, now: now)
            #expect(!schedule.isWaiting(key, now: now))
            now += .seconds(10)
        }
        var repairs = 0
        let end = now + .seconds(60)
        while now < end {
            if !schedule.isWaiting(key, now: now) {
                schedule.repaired(key, now: now)
                repairs += 1
            }
            now += .milliseconds(10)
        }
        #expect((8...16).contains(repairs))
        #expect(schedule.problems.isEmpty)
    }
}
