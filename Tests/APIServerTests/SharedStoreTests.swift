import EtcdStore
import EtcdTesting
import JSON
import KubernetesTesting
import Storage
import Testing

/// What a store that others use, too, and that may be away, does to a server.
@Suite(
    .enabled(if: TestStore.available.contains(.etcd), "etcd is not installed (Debian's etcd-server)"),
    .timeLimit(.minutes(3))
)
struct SharedStoreTests {
    private static let maps = WatchTests.maps

    @Test func `writes of others to the store do not hold up reads`() async throws {
        try await SharedEtcd.with(own: true) { etcd in
            let (store, other) = (try etcd.store(prefix: ""), try etcd.store(prefix: "/others"))
            try await TestAPIServer.run(over: store) { server in
                for round in 0..<10 {
                    let change = StoreTransaction.Change.put(key: "/a", value: [UInt8(round)], timeToLive: nil)
                    _ = try await other.commit(StoreTransaction(then: [change]))
                    let name = "m\(round)"
                    // It was a refusal, after three seconds.
                    let missing = try await server.request("GET", "\(Self.maps)/\(name)")
                    #expect(missing.status == 404, "\(missing.text)")
                    _ = try await server.request("POST", Self.maps, WatchTests.map(name))
                    let list = try await server.request("GET", Self.maps)
                    #expect(list.json["items"]?.array?.count == round + 1)
                }
            }
            for store in [store, other] { await store.shutdown() }
        }
    }

    @Test func `a watch goes on after etcd was away, and nothing is lost`() async throws {
        try await SharedEtcd.with(own: true) { etcd in
            let store = try etcd.store()
            try await TestAPIServer.run(over: store) { server in
                _ = try await server.request("POST", Self.maps, WatchTests.map("before"))
                try await server.watch("\(Self.maps)?watch=true") { events in
                    #expect(try await events.next()?["object"]?["metadata"]?["name"] == "before")
                    await etcd.stop()
                    #expect(try await server.request("GET", "/readyz").status == 500)
                    try etcd.startAgain()
                    try await server.eventually {
                        try await server.request("POST", Self.maps, WatchTests.map("after")).status != 503
                    }
                    #expect(try await events.next()?["object"]?["metadata"]?["name"] == "after")
                }
                let list = try await server.request("GET", Self.maps)
                #expect(list.json["items"]?.array?.count == 2)
            }
            await store.shutdown()
        }
    }

    @Test func `a server goes on where the member that it watches says nothing more, or is gone`() async throws {
        let members = try await EtcdServer.startCluster(of: 3)
        func stopAll() async { for member in members { await member.stop() } }
        do {
            let store = try EtcdStore(EtcdConfiguration(endpoints: members.map(\.endpoint)))
            try await TestAPIServer.run(over: store) { server in
                try await server.watch("\(Self.maps)?watch=true") { events in
                    for (round, member) in members.prefix(2).enumerated() {
                        let name = "m\(round)"
                        if round == 0 { member.pause() } else { await member.stop() }
                        try await server.eventually {
                            let answer = try await server.request("POST", Self.maps, WatchTests.map(name))
                            // One that was not answered may have been taken.
                            return answer.status == 201 || answer.status == 409
                        }
                        #expect(try await server.request("GET", "\(Self.maps)/\(name)").status == 200)
                        #expect(try await events.next()?["object"]?["metadata"]?["name"]?.string == name)
                        if round == 0 { member.resume() }
                    }
                }
            }
            await store.shutdown()
            await stopAll()
        } catch {
            await stopAll()
            throw error
        }
    }

    @Test func `etcd is spoken to by TLS, with a certificate`() async throws {
        let etcd = try await EtcdServer.start(isSecure: true)
        do {
            let store = try etcd.store()
            try await TestAPIServer.run(over: store) { server in
                let made = try await server.request("POST", Self.maps, WatchTests.map("a"))
                #expect(made.status == 201)
                let got = try await server.request("GET", "\(Self.maps)/a")
                #expect(got.status == 200)
            }
            await store.shutdown()
            var stranger = EtcdConfiguration(endpoints: [etcd.endpoint], tls: etcd.tls)
            (stranger.tls.certificate, stranger.tls.key) = (nil, nil)
            let refused = try EtcdStore(stranger)
            await #expect(throws: StoreError.self) { _ = try await refused.currentRevision() }
            await refused.shutdown()
            await etcd.stop()
        } catch {
            await etcd.stop()
            throw error
        }
    }
}
