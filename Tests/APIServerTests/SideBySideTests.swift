import EtcdStore
import EtcdTesting
import JSON
import KubernetesTesting
import SeededTesting
import Storage
import Testing

/// Several servers over one etcd.
@Suite(
    .enabled(if: TestStore.available.contains(.etcd), "etcd is not installed (Debian's etcd-server)"),
    .timeLimit(.minutes(3))
)
struct SideBySideTests {
    private static let maps = WatchTests.maps
    private static let services = "/api/v1/namespaces/default/services"
    private static let kubernetes = "/api/v1/namespaces/default/endpoints/kubernetes"

    /// Runs servers at 192.0.2.1, 192.0.2.2 and so on.
    private static func run(
        _ count: Int,
        endpointLifetime: Duration = .seconds(15),
        _ servers: [TestAPIServer] = [],
        etcd: EtcdServer,
        prefix: String,
        _ body: ([TestAPIServer]) async throws -> Void
    ) async throws {
        guard servers.count < count else { return try await body(servers) }
        let store = try etcd.store(prefix: prefix)
        let address = "192.0.2.\(servers.count + 1)"
        do {
            try await TestAPIServer.run(over: store, address: address, endpointLifetime: endpointLifetime) { server in
                try await run(
                    count,
                    endpointLifetime: endpointLifetime,
                    servers + [server],
                    etcd: etcd,
                    prefix: prefix,
                    body
                )
            }
            await store.shutdown()
        } catch {
            await store.shutdown()
            throw error
        }
    }

    private static func addresses(_ endpoints: JSONValue) -> [String] {
        (endpoints["subsets"]?[0]?["addresses"]?.array ?? []).compactMap { $0["ip"]?.string }
    }

    @Test func `what one wrote the others read at once`() async throws {
        var generator = SeededGenerator()
        try await SharedEtcd.with { etcd in
            try await Self.run(3, etcd: etcd, prefix: TemporaryFolder().path) { servers in
                var wanted: [String: String] = [:]
                for step in 0..<60 {
                    let writer = servers[Int.random(in: 0..<3, using: &generator)]
                    let reader = servers[Int.random(in: 0..<3, using: &generator)]
                    let name = "n\(Int.random(in: 0..<6, using: &generator))"
                    let path = "\(Self.maps)/\(name)"
                    if wanted[name] == nil {
                        _ = try await writer.request("POST", Self.maps, WatchTests.map(name, "\(step)"))
                        wanted[name] = "\(step)"
                    } else if Bool.random(using: &generator) {
                        _ = try await writer.request("PUT", path, WatchTests.map(name, "\(step)"))
                        wanted[name] = "\(step)"
                    } else {
                        _ = try await writer.request("DELETE", path)
                        wanted[name] = nil
                    }
                    let got = try await reader.request("GET", path)
                    #expect(got.json["data"]?["x"]?.string == wanted[name], "\(generator) \(step)")
                }
            }
        }
    }

    @Test func `what all wrote at once every watcher is told, wherever it watches`() async throws {
        try await SharedEtcd.with { etcd in
            try await Self.run(2, etcd: etcd, prefix: TemporaryFolder().path) { servers in
                try await withThrowingTaskGroup(of: Set<String>.self) { watchers in
                    for server in servers {
                        watchers.addTask {
                            var names: Set<String> = []
                            try await server.watch("\(Self.maps)?watch=true&resourceVersion=0") { events in
                                while names.count < 80, let event = try await events.next() {
                                    if let name = event["object"]?["metadata"]?["name"]?.string { names.insert(name) }
                                }
                            }
                            return names
                        }
                    }
                    try await withThrowingTaskGroup(of: Void.self) { writers in
                        for (number, server) in (servers + servers).enumerated() {
                            writers.addTask {
                                for index in 0..<20 {
                                    let map = WatchTests.map("w\(number)-\(index)")
                                    let made = try await server.request("POST", Self.maps, map)
                                    #expect(made.status == 201)
                                }
                            }
                        }
                        try await writers.waitForAll()
                    }
                    for try await names in watchers { #expect(names.count == 80) }
                }
            }
        }
    }

    @Test func `no address and no port is given out twice`() async throws {
        try await SharedEtcd.with { etcd in
            try await Self.run(2, etcd: etcd, prefix: TemporaryFolder().path) { servers in
                let service: JSONValue = [
                    "apiVersion": "v1", "kind": "Service", "metadata": ["generateName": "s-"],
                    "spec": [
                        "type": "NodePort", "ipFamilyPolicy": "RequireDualStack", "ports": [["port": 80]],
                    ],
                ]
                try await withThrowingTaskGroup(of: Void.self) { writers in
                    for number in 0..<6 {
                        let server = servers[number % 2]
                        writers.addTask {
                            for round in 0..<8 {
                                let made = try await server.request("POST", Self.services, service)
                                try #require(made.status == 201, "\(made.text)")
                                guard round % 3 == 0, let name = made.json["metadata"]?["name"]?.string else {
                                    continue
                                }
                                let gone = try await servers[(number + 1) % 2].request(
                                    "DELETE",
                                    "\(Self.services)/\(name)"
                                )
                                #expect(gone.status == 200, "\(gone.text)")
                            }
                        }
                    }
                    try await writers.waitForAll()
                }
                let list = try await servers[0].request("GET", Self.services).json["items"]?.array ?? []
                let addresses = list.flatMap { $0["spec"]?["clusterIPs"]?.array ?? [] }.compactMap(\.string)
                let ports = list.compactMap { $0["spec"]?["ports"]?[0]?["nodePort"]?.integer }
                #expect(ports.count == 30)
                #expect(Set(addresses).count == addresses.count)
                #expect(Set(ports).count == ports.count)
                let records = try await servers[1].request("GET", "/apis/networking.k8s.io/v1/ipaddresses")
                let recorded = (records.json["items"]?.array ?? []).compactMap { $0["metadata"]?["name"]?.string }
                #expect(Set(recorded) == Set(addresses))
            }
        }
    }

    @Test func `what was given out while a server heard nothing is not given out again`() async throws {
        func service(_ name: String) -> JSONValue {
            [
                "apiVersion": "v1", "kind": "Service", "metadata": ["name": .string(name)],
                "spec": [
                    "type": "NodePort", "clusterIP": "10.96.7.7", "ports": [["port": 80, "nodePort": 30_100]],
                ],
            ]
        }
        try await TestStore.sqlite.with(try TemporaryFolder()) { store in
            let deaf = DeafStore(store)
            try await TestAPIServer.run(over: deaf) { first in
                try await TestAPIServer.run(over: store, address: "192.0.2.2") { second in
                    deaf.deafen()
                    let made = try await second.request("POST", Self.services, service("a"))
                    #expect(made.status == 201)
                    deaf.forget()
                    try await first.eventually {
                        try await first.request("GET", "\(Self.services)/a").status == 200
                    }
                    let answer = try await first.request("POST", Self.services, service("b"))
                    #expect(answer.status == 422, "\(answer.text)")
                    #expect(answer.text.contains("provided IP is already allocated"))
                    // What went meanwhile can be given out.
                    deaf.deafen()
                    let gone = try await second.request("DELETE", "\(Self.services)/a")
                    #expect(gone.status == 200)
                    deaf.forget()
                    try await first.eventually {
                        try await first.request("GET", "\(Self.services)/a").status == 404
                    }
                    let free = try await first.request("POST", Self.services, service("b"))
                    #expect(free.status == 201, "\(free.text)")
                }
            }
        }
    }

    @Test func `the Service kubernetes leads to all servers, and no longer to those that are gone`() async throws {
        try await SharedEtcd.with { etcd in
            let prefix = try TemporaryFolder().path
            try await Self.run(1, endpointLifetime: .seconds(3), etcd: etcd, prefix: prefix) { servers in
                let first = servers[0]
                func leads(to wanted: [String]) async throws -> Bool {
                    Self.addresses(try await first.request("GET", Self.kubernetes).json) == wanted
                }
                // One that stops in order takes its address back.
                let second = try etcd.store(prefix: prefix)
                try await TestAPIServer.run(over: second, address: "192.0.2.7") { _ in
                    try await first.eventually { try await leads(to: ["192.0.2.1", "192.0.2.7"]) }
                }
                try await first.eventually { try await leads(to: ["192.0.2.1"]) }
                // One that was killed does not: what it said last runs out.
                let record: JSONValue = ["kind": "Endpoints", "apiVersion": "v1"]
                let key = "/registry/masterleases/192.0.2.9"
                let change = StoreTransaction.Change.put(key: key, value: record.json, timeToLive: .seconds(2))
                _ = try await second.commit(StoreTransaction(then: [change]))
                try await first.eventually { try await leads(to: ["192.0.2.1", "192.0.2.9"]) }
                try await first.eventually { try await leads(to: ["192.0.2.1"]) }
                let slice = try await first.request(
                    "GET",
                    "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes"
                )
                #expect(slice.json["endpoints"]?.array?.count == 1)
                await second.shutdown()
            }
        }
    }
}
