import EtcdStore
import EtcdTesting
import Storage
import Testing

/// What only a store over a network does.
@Suite(
    .enabled(if: StoreKind.available.contains(.etcd), "etcd is not installed (Debian's etcd-server)")
) struct EtcdStoreTests {
    @Test func `keys are under the prefix, and others are not seen`() async throws {
        try await withServer { server in
            let (one, two) = (try server.store(prefix: "/one"), try server.store(prefix: "/two"))
            let all = try server.store(prefix: "")
            let start = try await one.currentRevision()
            try await one.put("/a", "1")
            let last = try await two.put("/a", "2")
            #expect(try await one.get("/a")?.text == "1")
            let whole = KeyRange(start: "", end: nil)
            #expect(try await two.range(whole, limit: nil, at: nil).values.map(\.key) == ["/a"])
            #expect(try await all.range(whole, limit: nil, at: nil).values.map(\.key) == ["/one/a", "/two/a"])
            #expect(try await two.watch(whole, after: start).events(upTo: last).map(\.key) == ["/a"])
            for store in [one, two, all] { await store.shutdown() }
        }
    }

    @Test func `a member that is away is passed over`() async throws {
        try await withServer { server in
            let store = try EtcdStore(EtcdConfiguration(endpoints: ["http://127.0.0.1:9", server.endpoint]))
            let revision = try await store.put("/a", "1")
            #expect(try await store.get("/a")?.modRevision == revision)
            let watch = try await store.watch(KeyRange(key: "/a"), after: Revision(1))
            #expect(try await watch.events(upTo: revision).count == 1)
            await store.shutdown()
        }
    }

    @Test func `where no member answers, the store is unavailable`() async throws {
        let store = try EtcdStore(EtcdConfiguration(endpoints: ["http://127.0.0.1:9"]))
        let calls: [() async throws -> Void] = [
            { _ = try await store.currentRevision() },
            { try await store.put("/a", "1") },
            { _ = try await store.watch(KeyRange(key: "/a"), after: nil) },
            { try await store.compact(before: Revision(1)) },
        ]
        for call in calls {
            guard case .unavailable = await storeError(call) else {
                Issue.record("it did something")
                continue
            }
        }
        await store.shutdown()
    }

    @Test func `a transaction without an answer is not done twice`() async throws {
        try await withServer { server in
            let store = try EtcdStore(
                EtcdConfiguration(endpoints: [server.endpoint], requestTimeout: .seconds(2))
            )
            try await store.put("/a", "1")
            server.pause()
            let error = await storeError { try await store.put("/a", "2") }
            server.resume()
            guard case .unavailable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            // etcd may do it when it goes on: once.
            var value = try? await store.get("/a")
            while value == nil { value = try? await store.get("/a") }
            #expect(["1", "2"].contains(value?.text))
            let after = try await store.put("/b", "1")
            #expect(after.rawValue <= 4)
            await store.shutdown()
        }
    }

    @Test func `while the members have no leader, a write waits for one`() async throws {
        let members = try await EtcdServer.startCluster(of: 3)
        do {
            let store = try members[0].store()
            try await store.put("/a", "1")
            for member in members.dropFirst() { member.pause() }
            try await Self.awaitLeaderless(members[0])
            async let written = store.put("/a", "2")
            try await Task.sleep(for: .milliseconds(500))
            for member in members.dropFirst() { member.resume() }
            let revision = try await written
            #expect(try await store.get("/a")?.modRevision == revision)
            await store.shutdown()
            for member in members { await member.stop() }
        } catch {
            for member in members { await member.stop() }
            throw error
        }
    }

    /// Waits until a member says that it is cut off: until it notices it takes requests that it cannot do.
    private static func awaitLeaderless(_ member: EtcdServer) async throws {
        let probe = try EtcdStore(EtcdConfiguration(endpoints: [member.endpoint], requestTimeout: .milliseconds(300)))
        for _ in 0..<300 {
            if case .unavailable(let reason) = await storeError({ _ = try await probe.currentRevision() }),
                reason.contains("no leader")
            {
                return await probe.shutdown()
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        await probe.shutdown()
        Issue.record("the member does not notice that it is cut off")
    }

    @Test(arguments: [[], ["ftp://a"]])
    func `a configuration that cannot work is refused`(endpoints: [String]) {
        #expect(throws: EtcdConfigurationError.self) { _ = try EtcdStore(EtcdConfiguration(endpoints: endpoints)) }
    }

    private func withServer(_ body: (EtcdServer) async throws -> Void) async throws {
        let server = try await EtcdServer.start()
        do {
            try await body(server)
            await server.stop()
        } catch {
            await server.stop()
            throw error
        }
    }
}
