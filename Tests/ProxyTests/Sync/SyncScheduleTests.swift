import Testing

@testable import Proxy

@Suite struct SyncScheduleTests {
    private func schedule(minSyncPeriod: Duration = .zero) -> SyncSchedule {
        SyncSchedule(minSyncPeriod: minSyncPeriod, syncPeriod: .seconds(30))
    }

    @Test func changesAreCarriedOutAtOnce() {
        var schedule = schedule()
        #expect(schedule.changesDue(at: .seconds(5)) == .seconds(5))
        schedule.succeeded(at: .seconds(5), wasFull: false, leavesUnused: false)
        #expect(schedule.changesDue(at: .seconds(5)) == .seconds(5))
    }

    @Test func aMinimumPeriodIsKeptBetweenTheEndOfOneSyncAndTheStartOfTheNext() {
        var schedule = schedule(minSyncPeriod: .seconds(1))
        schedule.succeeded(at: .seconds(5), wasFull: false, leavesUnused: false)
        #expect(schedule.changesDue(at: .milliseconds(5_200)) == .seconds(6))
        #expect(schedule.changesDue(at: .seconds(9)) == .seconds(9))
    }

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
