import Storage
import Synchronization
import Testing

@testable import APIServer

@Suite(.timeLimit(.minutes(1)))
struct NewestRevisionTests {
    /// How many readings have begun.
    private final class Readings: Sendable {
        private let begun = Atomic<Int64>(0)
        var count: Int64 { begun.load(ordering: .sequentiallyConsistent) }
        func begin() -> Revision { Revision(begun.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue) }
    }

    @Test func `who asks at a time shares a reading that began after they asked`() async throws {
        let readings = Readings()
        let newest = NewestRevision { () async throws(StoreError) in
            let revision = readings.begin()
            try? await Task.sleep(for: .milliseconds(2))
            return revision
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<300 {
                group.addTask {
                    let before = Revision(readings.count)
                    let found = try await newest()
                    #expect(found > before)
                }
            }
            try await group.waitForAll()
        }
        #expect(readings.count < 100)
    }

    @Test func `a failure is told, and the next reading is another one`() async throws {
        let readings = Readings()
        let newest = NewestRevision { () async throws(StoreError) in
            let revision = readings.begin()
            guard revision > Revision(1) else { throw .unavailable(reason: "away") }
            return revision
        }
        await #expect(throws: StoreError.self) { _ = try await newest() }
        let second = try await newest()
        #expect(second == Revision(2))
    }
}
