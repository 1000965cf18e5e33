import Testing

@testable import Proxy

@Suite struct SyncScheduleTests {
    private func schedule() -> SyncSchedule { SyncSchedule(syncPeriod: .seconds(30)) }

    @Test func aFailureIsTriedAgainAfterPausesThatDoubleUpToTheSyncPeriod() {
        var schedule = schedule()
        var now = Duration.zero
        var pauses: [Duration] = []
        for _ in 0..<11 {
            let pause = schedule.failed(at: now)
            pauses.append(pause)
            #expect(schedule.isHeldBack(at: now))
            #expect(!schedule.isFullSyncDue(at: now))
            now += pause
            #expect(!schedule.isHeldBack(at: now))
            #expect(schedule.isFullSyncDue(at: now))
        }
        #expect(pauses.first == .milliseconds(100))
        #expect(pauses[1] == .milliseconds(200))
        #expect(pauses.last == .seconds(30))
        schedule.succeeded(at: now, wasFull: true, leavesUnused: false)
        #expect(schedule.failed(at: now) == .milliseconds(100))
    }

    @Test func everythingIsComparedOnceAnHour() {
        var schedule = schedule()
        #expect(schedule.timerDue == nil)
        schedule.succeeded(at: .seconds(10), wasFull: true, leavesUnused: false)
        #expect(schedule.timerDue == .seconds(3_610))
        schedule.succeeded(at: .seconds(3_000), wasFull: false, leavesUnused: false)
        #expect(!schedule.isFullSyncDue(at: .seconds(3_609)))
        #expect(schedule.isFullSyncDue(at: .seconds(3_610)))
    }

    @Test func anOverdueComparisonThatFailsWaitsForItsRetry() {
        var schedule = schedule()
        schedule.succeeded(at: .zero, wasFull: true, leavesUnused: false)
        let now = Duration.seconds(4_000)
        let pause = schedule.failed(at: now)
        #expect(schedule.timerDue == now + pause, "a timer in the past would keep the loop running")
    }

    @Test func unusedChainsAreKeptForAMinute() {
        var schedule = schedule()
        schedule.succeeded(at: .seconds(10), wasFull: false, leavesUnused: true)
        schedule.succeeded(at: .seconds(40), wasFull: false, leavesUnused: true)
        #expect(!schedule.isCleanupDue(at: .seconds(69)))
        #expect(schedule.isCleanupDue(at: .seconds(70)), "a steady stream of changes does not put it off for ever")
        schedule.cleanedUp()
        #expect(!schedule.isCleanupDue(at: .seconds(70)))
    }
}
