import SeededTesting
import Controllers
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("EndpointSlices of Services")
struct EndpointSliceControllerTests {
    private let controller = EndpointSliceController()
    private let key = ObjectName(namespace: "default", name: "web")
    private let now = Timestamp(seconds: 1_800_000_000)

    private func service(_ spec: JSONValue = [:]) -> JSONValue {
        var merged: JSONValue = [
            "selector": ["app": "web"], "clusterIP": "10.96.0.9", "ipFamilies": ["IPv4"],
            "ports": [["name": "http", "port": 80, "targetPort": "web", "protocol": "TCP"]],
        ]
        for member in spec.object?.members ?? [] { merged[member.name] = member.value }
        return ["metadata": ["name": "web", "namespace": "default", "labels": ["team": "a"]], "spec": merged]
    }

    private func pod(
        _ name: String,
        address: String?,
        isReady: Bool = true,
        port: Int = 8080,
        node: String = "n0",
        deletes: Bool = false
    ) -> JSONValue {
        var pod: JSONValue = [
            "metadata": ["name": .string(name), "namespace": "default", "labels": ["app": "web"]],
            "spec": [
                "nodeName": .string(node),
                "containers": [["ports": [["name": "web", "containerPort": .integer(port), "protocol": "TCP"]]]],
            ],
            "status": [
                "phase": "Running",
                "conditions": [["type": "Ready", "status": isReady ? "True" : "False"]],
            ],
        ]
        pod[path: "metadata", "uid"] = .string("uid-of-\(name)")
        if let address { pod[path: "status", "podIPs"] = [["ip": .string(address)]] }
        if deletes { pod[path: "metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z" }
        return pod
    }

    /// A state with the Service and a node in no zone.
    private func prepared(_ spec: JSONValue = [:]) throws -> StateUnderTest {
        var test = StateUnderTest()
        try test.put(ServiceKind.resource, service(spec))
        try test.put(NodeKind.resource, ["metadata": ["name": "n0"]])
        return test
    }

    private func settle(_ test: inout StateUnderTest) throws {
        try test.apply(controller.reconcile(key, in: test.state, now: now).writes)
        #expect(controller.reconcile(key, in: test.state, now: now).writes == [])
    }

    private func slices(_ test: StateUnderTest) -> [JSONValue] {
        test.state.endpointSlices.objects(in: "default").sorted { $0.metadata.name < $1.metadata.name }.map(\.value)
    }

    @Test("A pod that is ready is a ready endpoint, with its node, zone and pod")
    func one() throws {
        var test = StateUnderTest()
        try test.put(ServiceKind.resource, service())
        try test.put(
            NodeKind.resource,
            ["metadata": ["name": "n0", "labels": ["topology.kubernetes.io/zone": "z"]]]
        )
        try test.put(Pod.resource, pod("a", address: "10.0.0.1"))
        try settle(&test)
        let slice = try #require(slices(test).first)
        #expect(slices(test).count == 1)
        #expect(slice["addressType"] == "IPv4")
        #expect(slice["ports"] == [["name": "http", "port": 8080, "protocol": "TCP"]])
        #expect(
            slice["endpoints"] == [
                [
                    "addresses": ["10.0.0.1"],
                    "conditions": ["ready": true, "serving": true, "terminating": false],
                    "targetRef": ["kind": "Pod", "name": "a", "namespace": "default", "uid": "uid-of-a"],
                    "nodeName": "n0", "zone": "z",
                ]
            ]
        )
        #expect(
            slice[path: "metadata", "labels"] == [
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                "kubernetes.io/service-name": "web", "team": "a",
            ]
        )
        #expect(slice[path: "metadata", "ownerReferences"]?[0]?["name"] == "web")
    }

    @Test(
        "What a pod's state makes of its endpoint",
        arguments: [
            (true, false, false, [true, true, false]),
            (false, false, false, [false, false, false]),
            (true, true, false, [false, true, true]),
            (false, true, false, [false, false, true]),
            (false, false, true, [true, false, false]),
            (true, true, true, [true, true, true]),
        ]
    )
    func conditions(isReady: Bool, deletes: Bool, publishes: Bool, expected: [Bool]) throws {
        var test = try prepared(["publishNotReadyAddresses": .bool(publishes)])
        try test.put(Pod.resource, pod("a", address: "10.0.0.1", isReady: isReady, deletes: deletes))
        try settle(&test)
        let conditions = slices(test).first?["endpoints"]?[0]?["conditions"]
        #expect(["ready", "serving", "terminating"].map { conditions?[$0]?.bool } == expected)
    }

    @Test("Pods whose named port has another number are in another slice")
    func ports() throws {
        var test = try prepared()
        try test.put(Pod.resource, pod("a", address: "10.0.0.1", port: 8080))
        try test.put(Pod.resource, pod("b", address: "10.0.0.2", port: 9090))
        try settle(&test)
        #expect(Set(slices(test).compactMap { $0["ports"]?[0]?["port"]?.integer }) == [8080, 9090])
    }

    @Test("A dual-stack Service has slices of both families, one of a single family has not")
    func families() throws {
        var test = try prepared(["ipFamilies": ["IPv4", "IPv6"]])
        var pod = pod("a", address: nil)
        pod[path: "status", "podIPs"] = [["ip": "10.0.0.1"], ["ip": "fd00::1"]]
        try test.put(Pod.resource, pod)
        try settle(&test)
        #expect(Set(slices(test).compactMap { $0["addressType"]?.string }) == ["IPv4", "IPv6"])
        try test.put(ServiceKind.resource, service())
        try settle(&test)
        #expect(slices(test).compactMap { $0["addressType"]?.string } == ["IPv4"])
    }

    @Test("A Service without pods has one empty slice; an external or selectorless one has none")
    func empty() throws {
        var test = StateUnderTest()
        try test.put(ServiceKind.resource, service())
        try settle(&test)
        #expect(slices(test).count == 1)
        #expect(slices(test).first?["endpoints"] == [])
        var other = StateUnderTest()
        try other.put(ServiceKind.resource, service(["selector": nil]))
        try settle(&other)
        try other.put(ServiceKind.resource, service(["type": "ExternalName"]))
        try settle(&other)
        #expect(slices(other).isEmpty)
    }

    @Test("A Service made anew under its name gets slices of its own, before those of the earlier one go")
    func madeAnew() throws {
        var test = try prepared()
        try test.put(Pod.resource, pod("a", address: "10.0.0.1"))
        try settle(&test)
        let old = try #require(slices(test).first?[path: "metadata", "name"]?.string)
        try test.remove(ServiceKind.resource, key)
        try test.put(ServiceKind.resource, service())
        let writes = controller.reconcile(key, in: test.state, now: now).writes
        #expect(writes.count == 2)
        guard case .create(let made) = writes.first?.action, case .delete = writes.last?.action else {
            Issue.record("\(writes)")
            return
        }
        #expect(writes.last?.name == old)
        #expect(made["endpoints"]?.array?.count == 1)
        #expect(OwnerReference.all(in: made).map(\.uid) == [test.state.services[key]?.metadata.uid])
        try settle(&test)
        #expect(slices(test).count == 1)
    }

    @Test("When the Service goes its slices go, and no other's")
    func gone() throws {
        var test = try prepared()
        try test.put(Pod.resource, pod("a", address: "10.0.0.1"))
        try settle(&test)
        try test.put(
            EndpointSliceKind.resource,
            [
                "metadata": [
                    "name": "by-hand", "namespace": "default", "labels": ["kubernetes.io/service-name": "web"],
                ]
            ]
        )
        try test.remove(ServiceKind.resource, key)
        try settle(&test)
        #expect(slices(test).compactMap { $0[path: "metadata", "name"]?.string } == ["by-hand"])
    }

    @Test("A pod of a node that is gone is no endpoint")
    func nodeGone() throws {
        var test = try prepared()
        try test.put(Pod.resource, pod("a", address: "10.0.0.1"))
        try settle(&test)
        let node = try #require(test.state.nodes[nil, "n0"])
        try test.remove(NodeKind.resource, ObjectName(namespace: nil, name: "n0"))
        #expect(controller.keys(for: .node(.init(old: node, new: nil)), in: test.state) == [key])
        try settle(&test)
        #expect(slices(test).first?["endpoints"] == [])
    }

    @Test("One pod that changes in a thousand costs one request")
    func oneOfMany() throws {
        var test = try prepared()
        for index in 0..<1000 {
            try test.put(Pod.resource, pod("p\(index)", address: "10.0.\(index / 250).\(index % 250)"))
        }
        try settle(&test)
        #expect(slices(test).count == 10)
        try test.put(Pod.resource, pod("p500", address: "10.0.2.0", isReady: false))
        #expect(controller.reconcile(key, in: test.state, now: now).writes.count == 1)
        try settle(&test)
        try test.remove(Pod.resource, ObjectName(namespace: "default", name: "p7"))
        #expect(controller.reconcile(key, in: test.state, now: now).writes.count == 1)
        try settle(&test)
        try test.put(Pod.resource, pod("new", address: "10.0.9.9"))
        #expect(controller.reconcile(key, in: test.state, now: now).writes.count == 1)
    }

    @Test("A Service that asks for its zone or node gives hints", arguments: ["PreferClose", "PreferSameNode"])
    func hints(distribution: String) throws {
        var test = StateUnderTest()
        try test.put(ServiceKind.resource, service(["trafficDistribution": .string(distribution)]))
        try test.put(
            NodeKind.resource,
            ["metadata": ["name": "n0", "labels": ["topology.kubernetes.io/zone": "z"]]]
        )
        try test.put(Pod.resource, pod("a", address: "10.0.0.1"))
        try settle(&test)
        let hints = slices(test).first?["endpoints"]?[0]?["hints"]
        #expect(hints?["forZones"] == [["name": "z"]])
        #expect(hints?["forNodes"] == (distribution == "PreferSameNode" ? [["name": "n0"]] : nil))
    }

    @Test("After any history the slices hold each pod once, none is overfull, and nothing is left to do")
    func histories() throws {
        var generator = SeededGenerator()
        let seed = "\(generator)"
        var test = try prepared()
        var present: Set<Int> = []
        for round in 0..<40 {
            for _ in 0..<Int.random(in: 1...60, using: &generator) {
                let index = Int.random(in: 0..<400, using: &generator)
                if Bool.random(using: &generator) {
                    present.insert(index)
                    let isReady = Bool.random(using: &generator)
                    let port = Int.random(in: 0..<4, using: &generator) == 0 ? 9090 : 8080
                    try test.put(
                        Pod.resource,
                        pod("p\(index)", address: "10.1.\(index / 250).\(index % 250)", isReady: isReady, port: port)
                    )
                } else if present.remove(index) != nil {
                    try test.remove(Pod.resource, ObjectName(namespace: "default", name: "p\(index)"))
                }
            }
            try settle(&test)
            var names: [String] = []
            for slice in slices(test) {
                let endpoints = slice["endpoints"]?.array ?? []
                #expect(endpoints.count <= 100)
                names += endpoints.compactMap { $0[path: "targetRef", "name"]?.string }
            }
            #expect(names.count == present.count, "round \(round), \(seed)")
            #expect(Set(names) == Set(present.map { "p\($0)" }), "round \(round), \(seed)")
        }
    }
}
