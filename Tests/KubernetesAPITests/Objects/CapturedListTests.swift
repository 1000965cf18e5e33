import KubernetesAPI
import Testing

@Suite("Captured lists and objects")
struct CapturedListTests {
    @Test("a list of Services holds all that a proxy asks for")
    func services() throws {
        let services = try list(Service.self, captured("services"))
        #expect(services.resourceVersion == "152")
        #expect(services.continuation == nil)
        #expect(services.unreadable.isEmpty)
        #expect(services.items.map(\.metadata.name) == ["e", "headless", "kubernetes", "web"])
        #expect(services.items.map(\.isHeadless) == [false, true, false, false])
        #expect(services.items.flatMap { $0.validationErrors() } == [])
        let web = try #require(services.items.last)
        let expected = Service(
            metadata: ObjectMeta(
                name: "web",
                namespace: "default",
                uid: "725dd586-f1e0-4bb4-a4e7-ba24a9f14343",
                resourceVersion: "109",
                creationTimestamp: Timestamp("2026-11-21T10:13:07Z"),
                labels: ["app": "web", "x": "y"]
            ),
            type: .loadBalancer,
            clusterIPs: ["10.96.100.225"],
            ipFamilies: ["IPv4"],
            ports: [
                ServicePort(name: "http", protocol: "TCP", port: 80, nodePort: 31480, targetPort: "8080"),
                ServicePort(name: "dns", protocol: "UDP", port: 53, nodePort: 30540, targetPort: "5353"),
            ],
            sessionAffinity: .clientIP(timeoutSeconds: 10_800),
            externalTrafficPolicy: .local,
            healthCheckNodePort: 31494,
            loadBalancerSourceRanges: ["203.0.113.0/25"]
        )
        #expect(web == expected)
    }

    @Test("a list of EndpointSlices holds all that a proxy asks for")
    func endpointSlices() throws {
        let slices = try list(EndpointSlice.self, captured("endpointslices"))
        #expect(slices.unreadable.isEmpty)
        #expect(slices.items.map(\.metadata.name) == ["e-67276", "headless-mckns", "web-abc", "web-sk724"])
        #expect(slices.items[0].endpoints.isEmpty && slices.items[0].ports.isEmpty)
        #expect(slices.items[1].metadata.labels["service.kubernetes.io/headless"] == "")
        #expect(slices.items.flatMap { $0.validationErrors() } == [])
        let web = slices.items[2]
        #expect(web.metadata.generation == 1)
        #expect(web.metadata.labels == [EndpointSlice.serviceNameLabel: "web"])
        // kubectl's last-applied-configuration is skipped.
        #expect(web.metadata.annotations == [EndpointSlice.lastChangeTriggerTimeAnnotation: "2026-11-21T10:00:00Z"])
        #expect(web.addressType == .ipv4)
        #expect(
            web.ports == [
                EndpointPort(name: "http", protocol: "TCP", port: 8080),
                EndpointPort(name: "dns", protocol: "UDP", port: 5353),
            ]
        )
        #expect(
            web.endpoints == [
                Endpoint(
                    addresses: ["10.244.1.5"],
                    ready: true,
                    serving: true,
                    terminating: false,
                    nodeName: "n0",
                    zone: "z1",
                    hints: EndpointHints(forZones: ["z1"], forNodes: ["n0"])
                ),
                Endpoint(
                    addresses: ["10.244.2.6"],
                    ready: false,
                    serving: true,
                    terminating: true,
                    nodeName: "n1",
                    zone: "z2"
                ),
            ]
        )
    }

    @Test("a Node holds all that a proxy asks for")
    func node() throws {
        let node = try Node(json: captured("node"))
        #expect(node.metadata.name == "n0")
        #expect(node.metadata.namespace == nil)
        #expect(node.metadata.labels == ["topology.kubernetes.io/zone": "z1"])
        #expect(node.unschedulable)
        #expect(node.taints == [NodeTaint(key: "node.kubernetes.io/not-ready", effect: "NoSchedule")])
        #expect(node.addresses == [NodeAddress(type: "InternalIP", address: "192.0.2.10")])
        #expect(node.validationErrors() == [])
    }

    @Test("a list of ServiceCIDRs holds their ranges")
    func serviceCIDRs() throws {
        let ranges = try list(ServiceCIDR.self, captured("servicecidrs"))
        #expect(ranges.items.map(\.metadata.name) == ["kubernetes"])
        #expect(ranges.items.map(\.cidrs) == [["10.96.0.0/16"]])
        #expect(ranges.items.flatMap { $0.validationErrors() } == [])
    }

    @Test("a page says how to get the next one")
    func page() throws {
        let page = try list(Service.self, captured("services-limit"))
        #expect(page.items.count == 1)
        #expect(page.metadata.remainingItemCount == 3)
        #expect(page.continuation?.hasPrefix("eyJ2IjoibWV0YS5rOHMuaW8vdjEi") == true)
    }

    @Test("a list of another kind is refused")
    func otherKind() throws {
        let bytes = try captured("services")
        let error = #expect(throws: ObjectError.self) { try list(EndpointSlice.self, bytes) }
        #expect(error?.field == "kind")
        #expect(error?.description.contains("\"ServiceList\": cannot be handled as a EndpointSliceList") == true)
        #expect(throws: ObjectError.self) { try list(Service.self, captured("not-found")) }
    }
}
