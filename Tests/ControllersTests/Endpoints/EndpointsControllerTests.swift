import Controllers
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("Endpoints, and what is mirrored of them")
struct EndpointsControllerTests {
    private let key = ObjectName(namespace: "default", name: "web")
    private let now = Timestamp(seconds: 1_800_000_000)

    private func pod(_ name: String, _ address: String, isReady: Bool) -> JSONValue {
        [
            "metadata": [
                "name": .string(name), "namespace": "default", "labels": ["app": "web"], "uid": .string("u-\(name)"),
            ],
            "spec": ["nodeName": "n0", "containers": []],
            "status": [
                "phase": "Running", "podIP": .string(address),
                "conditions": [["type": "Ready", "status": isReady ? "True" : "False"]],
            ],
        ]
    }

    @Test("Pods that are ready and those that are not stand apart in one subset")
    func subsets() throws {
        var test = StateUnderTest()
        let controller = EndpointsController()
        try test.put(
            ServiceKind.resource,
            [
                "metadata": ["name": "web", "namespace": "default"],
                "spec": ["selector": ["app": "web"], "ports": [["port": 80, "targetPort": 8080, "protocol": "TCP"]]],
            ]
        )
        try test.put(Pod.resource, pod("a", "10.0.0.1", isReady: true))
        try test.put(Pod.resource, pod("b", "10.0.0.2", isReady: false))
        try test.apply(controller.reconcile(key, in: test.state, now: now).writes)
        let subsets = test.state.endpoints[key]?.value["subsets"]
        #expect(subsets?[0]?["addresses"]?.array?.compactMap { $0["ip"]?.string } == ["10.0.0.1"])
        #expect(subsets?[0]?["notReadyAddresses"]?.array?.compactMap { $0["ip"]?.string } == ["10.0.0.2"])
        #expect(subsets?[0]?["ports"] == [["port": 8080, "protocol": "TCP"]])
        #expect(controller.reconcile(key, in: test.state, now: now).writes == [])
        try test.remove(ServiceKind.resource, key)
        try test.apply(controller.reconcile(key, in: test.state, now: now).writes)
        #expect(test.state.endpoints[key] == nil)
    }

    @Test("A pod that ends leaves, unless the Service publishes those that are not ready", arguments: [false, true])
    func ending(publishesNotReady: Bool) throws {
        var test = StateUnderTest()
        try test.put(
            ServiceKind.resource,
            [
                "metadata": ["name": "web", "namespace": "default"],
                "spec": [
                    "selector": ["app": "web"], "ports": [["port": 80]],
                    "publishNotReadyAddresses": .bool(publishesNotReady),
                ],
            ]
        )
        var ending = pod("a", "10.0.0.1", isReady: true)
        ending[path: "metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z"
        try test.put(Pod.resource, ending)
        try test.apply(EndpointsController().reconcile(key, in: test.state, now: now).writes)
        let subsets = test.state.endpoints[key]?.value["subsets"]
        let addresses = subsets?[0]?["addresses"]?.array?.compactMap { $0["ip"]?.string }
        #expect(addresses == (publishesNotReady ? ["10.0.0.1"] : nil))
    }

    @Test("Endpoints that people write are mirrored in slices by family and ports, and only those")
    func mirror() throws {
        var test = StateUnderTest()
        let controller = EndpointSliceMirrorController()
        try test.put(ServiceKind.resource, ["metadata": ["name": "web", "namespace": "default"], "spec": [:]])
        try test.put(
            EndpointsKind.resource,
            [
                "metadata": ["name": "web", "namespace": "default"],
                "subsets": [
                    [
                        "addresses": [["ip": "192.0.2.1"], ["ip": "2001:db8::1"]],
                        "notReadyAddresses": [["ip": "192.0.2.2"]],
                        "ports": [["port": 443]],
                    ]
                ],
            ]
        )
        try test.apply(controller.reconcile(key, in: test.state, now: now).writes)
        let slices = test.state.endpointSlices.objects(in: "default")
        #expect(Set(slices.compactMap { $0.value["addressType"]?.string }) == ["IPv4", "IPv6"])
        let four = try #require(slices.first { $0.value["addressType"] == "IPv4" })
        #expect(four.value["endpoints"]?.array?.map { $0[path: "conditions", "ready"]?.bool } == [true, false])
        #expect(controller.reconcile(key, in: test.state, now: now).writes == [])
        try test.put(
            ServiceKind.resource,
            ["metadata": ["name": "web", "namespace": "default"], "spec": ["selector": ["a": "b"]]]
        )
        try test.apply(controller.reconcile(key, in: test.state, now: now).writes)
        #expect(test.state.endpointSlices.objects(in: "default").isEmpty)
    }
}
