import Storage
import Testing

/// What every store does. Each test has keys of its own, since stores may be shared.
@Suite(.stores) struct ConformanceTests {
    @Test(arguments: StoreKind.available)
    func `a key has the revisions of its making and of its last change`(kind: StoreKind) async throws {
        try await kind.withStore { store, prefix in
            let before = try await store.currentRevision()
            let made = try await store.put("\(prefix)a", "1")
            let changed = try await store.put("\(prefix)a", "2")
            #expect(before < made && made < changed)
            let value = try #require(try await store.get("\(prefix)a"))
            #expect(value.text == "2" && value.createRevision == made && value.modRevision == changed)
            try await store.delete("\(prefix)a")
            #expect(try await store.get("\(prefix)a") == nil)
            let again = try await store.put("\(prefix)a", "3")
            #expect(try await store.get("\(prefix)a")?.createRevision == again)
        }
    }

    @Test(arguments: StoreKind.available)
    func `what changes nothing makes no revision`(kind: StoreKind) async throws {
        try await kind.withStore(own: true) { store, prefix in
            let made = try await store.put("\(prefix)a", "1")
            #expect(try await store.delete("\(prefix)none") == made)
            #expect(try await store.write() == made)
            #expect(try await store.currentRevision() == made)
        }
    }

    @Test(arguments: StoreKind.available)
    func `a transaction happens wholly or not at all`(kind: StoreKind) async throws {
        try await kind.withStore { store, prefix in
            let (a, b, c) = ("\(prefix)a", "\(prefix)b", "\(prefix)c")
            let made = try await store.put(a, "1")
            let transaction = StoreTransaction(
                if: [
                    .init(key: a, modRevision: made), .init(key: b, modRevision: nil), .init(key: c, modRevision: made),
                ],
                then: [.put(key: b, value: [1], timeToLive: nil), .delete(key: a)]
            )
            guard case .conflict(let revision, let present) = try await store.commit(transaction) else {
                Issue.record("it happened")
                return
            }
            #expect(revision >= made && present.map { $0?.key } == [a, nil, nil])
            #expect(try await store.get(b) == nil)
            #expect(try await store.get(a)?.text == "1")

            let moment = try await store.write(
                if: [.init(key: a, modRevision: made), .init(key: b, modRevision: nil)],
                .put(key: b, value: [1], timeToLive: nil),
                .delete(key: a)
            )
            #expect(try await store.get(b)?.modRevision == moment)
            #expect(try await store.get(a) == nil)
            #expect(try await store.get(a, at: made)?.text == "1", "the past is as it was")
        }
    }

    @Test(arguments: StoreKind.available)
    func `a range is in order of bytes, at any revision and page by page`(kind: StoreKind) async throws {
        try await kind.withStore { store, prefix in
            // U+00E9 and its decomposition, which Swift holds equal; and two that UTF-16 orders the other way.
            let names = ["a", "a/b", "a0", "b", "e\u{301}", "\u{e9}", "\u{fffd}", "\u{1f600}"]
            for name in names { try await store.put(prefix + name, name) }
            let moment = try await store.currentRevision()
            try await store.put("\(prefix)c", "later")
            try await store.delete("\(prefix)b")

            let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            let whole = try await store.range(KeyRange(prefix: prefix), limit: nil, at: moment)
            #expect(whole.values.map { Array($0.value) } == sorted.map { Array($0.utf8) })
            #expect(whole.values.allSatisfy { Array($0.key.utf8) == Array(prefix.utf8) + $0.value })
            #expect(!whole.hasMore && whole.count == names.count && whole.revision == moment)

            var paged: [StoredValue] = []
            var rest = KeyRange(prefix: prefix)
            while true {
                let page = try await store.range(rest, limit: 3, at: moment)
                #expect(page.count == names.count - paged.count && page.values.count <= 3)
                paged += page.values
                guard page.hasMore, let last = page.values.last else { break }
                rest.start = last.key + "\0"
            }
            #expect(paged == whole.values)
            let now = try await store.range(KeyRange(prefix: prefix), limit: nil, at: nil)
            #expect(now.count == names.count && now.revision > moment)
            let count = try await store.range(KeyRange(prefix: prefix), limit: 0, at: moment)
            #expect(count.values.isEmpty && count.count == names.count && count.hasMore)
            let none = try await store.range(KeyRange(start: "\(prefix)b", end: "\(prefix)a"), limit: nil, at: nil)
            #expect(none.values.isEmpty && none.count == 0 && !none.hasMore)
        }
    }

    @Test(arguments: StoreKind.available)
    func `values may be empty and hold any byte`(kind: StoreKind) async throws {
        try await kind.withStore { store, prefix in
            let bytes = (0...255).map { UInt8($0) }
            try await store.write(
                .put(key: "\(prefix)bytes", value: bytes, timeToLive: nil),
                .put(key: "\(prefix)none", value: [], timeToLive: nil)
            )
            #expect(try await store.get("\(prefix)bytes")?.value == bytes)
            #expect(try await store.get("\(prefix)none")?.value == [])
        }
    }

    @Test(arguments: StoreKind.available)
    func `a revision to come is not there yet`(kind: StoreKind) async throws {
        try await kind.withStore { store, prefix in
            let error = await storeError {
                _ = try await store.get("\(prefix)a", at: Revision(1 << 40))
            }
            guard case .future = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test(arguments: StoreKind.available)
    func `transactions that no store can do are refused`(kind: StoreKind) async throws {
        try await kind.withStore { store, prefix in
            func put(_ key: String, _ count: Int = 1) -> StoreTransaction.Change {
                .put(key: key, value: [UInt8](repeating: 7, count: count), timeToLive: nil)
            }
            let refused: [[StoreTransaction.Change]] = [
                [put("\(prefix)a"), .delete(key: "\(prefix)a")],
                [put("")],
                [.put(key: "\(prefix)a", value: [], timeToLive: .zero)],
                [put("\(prefix)a", StoreLimits.transactionByteCount)],
                (0...StoreLimits.operationCount).map { put("\(prefix)\($0)") },
            ]
            for changes in refused {
                guard case .invalid = await storeError({ _ = try await store.commit(.init(then: changes)) }) else {
                    Issue.record("\(changes.count) changes")
                    continue
                }
            }
            let count = try await store.range(KeyRange(prefix: prefix), limit: 0, at: nil).count
            #expect(count == 0)
        }
    }

    @Test(arguments: StoreKind.available)
    func `a transaction may have the largest size and the greatest number of changes`(kind: StoreKind) async throws {
        try await kind.withStore { store, prefix in
            let size = StoreLimits.transactionByteCount - 1024
            let value = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            try await store.write(.put(key: "\(prefix)big", value: value, timeToLive: nil))
            #expect(try await store.get("\(prefix)big")?.value == value)
            let changes = (0..<StoreLimits.operationCount).map {
                StoreTransaction.Change.put(key: "\(prefix)many/\($0)", value: [1], timeToLive: nil)
            }
            let conditions = changes.map { StoreTransaction.Condition(key: $0.key, modRevision: nil) }
            guard case .committed = try await store.commit(StoreTransaction(if: conditions, then: changes)) else {
                Issue.record("a conflict")
                return
            }
            let many = try await store.range(KeyRange(prefix: "\(prefix)many/"), limit: nil, at: nil)
            #expect(many.count == StoreLimits.operationCount)
            #expect(Set(many.values.map(\.modRevision)).count == 1)
        }
    }

    @Test(arguments: StoreKind.available)
    func `no update is lost where many compare and swap`(kind: StoreKind) async throws {
        try await kind.withStore { store, prefix in
            let key = "\(prefix)counter"
            try await store.put(key, "0")
            let (tasks, rounds) = (8, 12)
            let revisions = try await withThrowingTaskGroup(of: [Revision].self) { group in
                for _ in 0..<tasks {
                    group.addTask {
                        var made: [Revision] = []
                        var present = try await store.get(key)
                        while made.count < rounds {
                            let next = (present.flatMap { Int($0.text) } ?? 0) + 1
                            let transaction = StoreTransaction(
                                if: [.init(key: key, modRevision: present?.modRevision)],
                                then: [.put(key: key, value: Array("\(next)".utf8), timeToLive: nil)]
                            )
                            switch try await store.commit(transaction) {
                            case .committed(let revision):
                                made.append(revision)
                                present = try await store.get(key)
                            case .conflict(_, let values): present = values[0]
                            }
                        }
                        return made
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(try await store.get(key)?.text == "\(tasks * rounds)")
            #expect(Set(revisions).count == tasks * rounds, "each has a revision of its own")
        }
    }

    @Test(arguments: StoreKind.available)
    func `one of many makes a key`(kind: StoreKind) async throws {
        try await kind.withStore { store, prefix in
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        let transaction = StoreTransaction(
                            if: [.init(key: "\(prefix)one", modRevision: nil)],
                            then: [.put(key: "\(prefix)one", value: [UInt8(number)], timeToLive: nil)]
                        )
                        guard case .committed = try await store.commit(transaction) else { return false }
                        return true
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(winners == 1)
        }
    }
}
