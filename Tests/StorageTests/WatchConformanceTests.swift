import SeededTesting
import Storage
import Testing

/// What every store tells those who watch, and for how long it remembers.
@Suite(.stores) struct WatchConformanceTests {
    @Test(arguments: StoreKind.available)
    func `a watch tells each change in its range once, with what was before`(kind: StoreKind) async throws {
        try await kind.withStore { store, prefix in
            let first = try await store.put("\(prefix)a/1", "old")
            let watch = try await store.watch(KeyRange(prefix: "\(prefix)a/"), after: nil)
            let second = try await store.put("\(prefix)a/1", "new")
            try await store.put("\(prefix)b/1", "elsewhere")
            let third = try await store.write(
                .put(key: "\(prefix)a/2", value: [2], timeToLive: nil),
                .delete(key: "\(prefix)a/1")
            )
            let events = try await watch.events(upTo: third)
            #expect(events.map(\.revision) == [second, third, third])
            #expect(events.map(\.key) == ["\(prefix)a/1", "\(prefix)a/2", "\(prefix)a/1"])
            #expect(events.map { $0.value?.text } == ["new", "\u{2}", nil])
            #expect(events.map { $0.previous?.text } == ["old", nil, "new"])
            #expect(events[0].previous?.modRevision == first)
            #expect(events[0].value?.createRevision == first && events[0].value?.modRevision == second)
        }
    }

    @Test(arguments: StoreKind.available)
    func `from every revision, the state then and the changes since make the state now`(
        kind: StoreKind
    ) async throws {
        var random = SeededGenerator()
        // Little is kept in memory, so that most of it is read from the disk.
        let limits = WatchHub.Limits(historyEventCount: 20)
        try await kind.withStore(own: true, watchLimits: limits) { store, prefix in
            let range = KeyRange(prefix: prefix)
            let start = try await store.currentRevision()
            for _ in 0..<80 {
                let keys = Set(
                    (0..<Int.random(in: 1...4, using: &random)).map { _ in Int.random(in: 0..<12, using: &random) }
                )
                var changes: [StoreTransaction.Change] = []
                for key in keys.sorted() {
                    let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    }
                    changes.append(
                        Int.random(in: 0..<3, using: &random) == 0
                            ? .delete(key: "\(prefix)\(key)")
                            : .put(key: "\(prefix)\(key)", value: bytes, timeToLive: nil)
                    )
                }
                _ = try await store.commit(StoreTransaction(then: changes))
            }
            let end = try await store.currentRevision()
            let final = try await store.range(range, limit: nil, at: nil).values
            try #require(end.rawValue - start.rawValue > 50)
            let seed = "\(random)"
            // Together, since each waits for its watch.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in start.rawValue...end.rawValue {
                    group.addTask {
                        let now = try await replay(store, range, from: Revision(number), to: end, seed)
                        #expect(now == final, "\(seed)")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// The state at the end, from that at a revision and the changes since.
    private func replay(
        _ store: any Store,
        _ range: KeyRange,
        from revision: Revision,
        to end: Revision,
        _ seed: String
    ) async throws -> [StoredValue] {
        let then = try await store.range(range, limit: nil, at: revision).values
        #expect(then.allSatisfy { $0.modRevision <= revision })
        var state = Dictionary(uniqueKeysWithValues: then.map { ($0.key, $0) })
        let events =
            revision == end ? [] : try await store.watch(range, after: revision).events(upTo: end)
        var last = revision.next
        for event in events {
            try #require(event.revision >= last, "\(seed)")
            #expect(event.previous == state[event.key], "\(seed), from \(revision), at \(event.revision)")
            state[event.key] = event.value
            last = event.revision
        }
        return state.values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    @Test(arguments: StoreKind.available)
    func `watchers that come while others write see the same history`(kind: StoreKind) async throws {
        let limits = WatchHub.Limits(historyEventCount: 30)
        try await kind.withStore(watchLimits: limits) { store, prefix in
            let range = KeyRange(prefix: prefix)
            let start = try await store.put("\(prefix)start", "")
            let total = 200
            let histories = try await withThrowingTaskGroup(of: [StoreEvent]?.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        for number in 0..<(total / 4) { try await store.put("\(prefix)\(writer)", "\(number)") }
                        return nil
                    }
                }
                for watcher in 0..<6 {
                    group.addTask {
                        try await Task.sleep(for: .milliseconds(watcher * 3))
                        var events: [StoreEvent] = []
                        for try await batch in try await store.watch(range, after: start) {
                            events += batch.events
                            if events.count >= total { break }
                        }
                        return events
                    }
                }
                return try await group.reduce(into: [[StoreEvent]]()) { if let history = $1 { $0.append(history) } }
            }
            #expect(histories.count == 6 && Set(histories).count == 1)
            #expect(histories.first?.count == total)
            #expect(histories.first.map { $0.map(\.revision) == $0.map(\.revision).sorted() } == true)
        }
    }

    @Test(arguments: StoreKind.available)
    func `what was compacted cannot be read or watched, and what is left can`(kind: StoreKind) async throws {
        try await kind.withStore(own: true, watchLimits: .init(historyEventCount: 1)) { store, prefix in
            let range = KeyRange(prefix: prefix)
            let first = try await store.put("\(prefix)a", "1")
            try await store.put("\(prefix)gone", "1")
            let gone = try await store.delete("\(prefix)gone")
            let open = try await store.watch(range, after: nil)
            let kept = try await store.put("\(prefix)a", "2")
            let last = try await store.put("\(prefix)b", "1")

            try await store.compact(before: kept)
            try await store.compact(before: kept)
            for old in [first, gone] {
                #expect(await storeError { _ = try await store.get("\(prefix)a", at: old) } == .compacted(kept))
                let error = await storeError {
                    for try await _ in try await store.watch(range, after: old) {}
                }
                #expect(error == .compacted(kept))
            }
            #expect(try await store.range(range, limit: nil, at: kept).values.map(\.text) == ["2"])
            #expect(try await store.watch(range, after: kept).events(upTo: last).map(\.revision) == [last])
            #expect(try await open.events(upTo: last).map(\.revision) == [kept, last], "an open watch goes on")
            guard case .future = await storeError({ try await store.compact(before: Revision(1 << 40)) }) else {
                Issue.record("a revision to come was compacted")
                return
            }
            #expect(try await store.get("\(prefix)a")?.createRevision == first)
        }
    }

    @Test(arguments: StoreKind.available)
    func `a key goes when its time has come, and not if it was written again`(kind: StoreKind) async throws {
        try await kind.withStore { store, prefix in
            let watch = try await store.watch(KeyRange(prefix: prefix), after: nil)
            let short = Duration.milliseconds(kind == .etcd ? 1000 : 200)
            try await store.put("\(prefix)kept", "1", for: short)
            try await store.put("\(prefix)goes/1", "1", for: short)
            try await store.put("\(prefix)goes/2", "1", for: short)
            let kept = try await store.put("\(prefix)kept", "2")
            var deleted: [String] = []
            for try await batch in watch {
                // Where the machine is slow, the kept one may have gone before it was written again.
                deleted += batch.events.filter { $0.value == nil && $0.key.contains("/goes/") }.map(\.key)
                if deleted.count >= 2 { break }
            }
            #expect(deleted.sorted() == ["\(prefix)goes/1", "\(prefix)goes/2"])
            #expect(try await store.get("\(prefix)kept")?.modRevision == kept)
        }
    }

    @Test(arguments: StoreKind.available)
    func `a cancelled watch ends`(kind: StoreKind) async throws {
        try await kind.withStore { store, prefix in
            let watch = try await store.watch(KeyRange(prefix: prefix), after: nil)
            let task = Task { for try await _ in watch {} }
            try await store.put("\(prefix)a", "1")
            task.cancel()
            _ = await task.result
        }
    }

    @Test(arguments: StoreKind.available)
    func `shutting down ends watches, and fails calls that are under way`(kind: StoreKind) async throws {
        try await kind.withStore { store, prefix in
            let watch = try await store.watch(KeyRange(prefix: prefix), after: nil)
            let written = Counter()
            try await withThrowingTaskGroup(of: StoreError?.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        await storeError {
                            while true {
                                try await store.put("\(prefix)\(writer)", "1")
                                written.increment()
                            }
                        }
                    }
                    group.addTask {
                        await storeError {
                            while true { _ = try await store.range(KeyRange(prefix: prefix), limit: nil, at: nil) }
                        }
                    }
                }
                group.addTask {
                    for try await _ in watch {}
                    return nil
                }
                while written.value < 20 { try await Task.sleep(for: .milliseconds(1)) }
                await store.shutdown()
                for try await error in group {
                    guard let error else { continue }
                    guard case .unavailable = error else {
                        Issue.record("\(error)")
                        continue
                    }
                }
            }
            guard case .unavailable = await storeError({ try await store.put("\(prefix)a", "1") }) else {
                Issue.record("it writes after it was shut down")
                return
            }
        }
    }
}
