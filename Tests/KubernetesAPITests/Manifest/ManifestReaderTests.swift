import KubernetesAPI
import Testing

/// Reads a manifest.
func read(_ text: String, file: String = "f.yaml") -> Manifest {
    ManifestReader(file: file).read(Array(text.utf8))
}

@Suite("ManifestReader")
struct ManifestReaderTests {
    static let service = """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec:
          clusterIP: 10.96.0.1
          ports:
          - port: 80
        """
    static let slice = """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: web-1
          labels: {kubernetes.io/service-name: web}
        addressType: IPv4
        ports:
        - port: 8080
        endpoints:
        - addresses: [10.0.0.1]
        """

    @Test("objects come with the defaults that an API server fills in")
    func defaults() throws {
        let manifest = read(Self.service + "\n  sessionAffinity: ClientIP\n---\n" + Self.slice)
        #expect(manifest.errors == [])
        #expect(manifest.entries.map(\.line) == [1, 10])
        guard case .service(let service) = manifest.objects[0], case .endpointSlice(let slice) = manifest.objects[1]
        else {
            Issue.record("other kinds")
            return
        }
        #expect(service.metadata.namespace == "default")
        #expect(service.clusterIPs == ["10.96.0.1"])
        #expect(service.ports == [ServicePort(protocol: "TCP", port: 80, targetPort: "80")])
        #expect(service.sessionAffinity == .clientIP(timeoutSeconds: 10_800))
        #expect(service.internalTrafficPolicy == .cluster && service.externalTrafficPolicy == .cluster)
        #expect(slice.metadata.namespace == "default")
        #expect(slice.ports == [EndpointPort(name: "", protocol: "TCP", port: 8080)])
    }

    @Test("all kinds are read, and those that are not wanted are named")
    func kinds() throws {
        let manifest = read(
            """
            # a comment
            ---
            {apiVersion: v1, kind: Node, metadata: {name: n0}, spec: {podCIDR: 10.0.0.0/24}}
            ---
            apiVersion: networking.k8s.io/v1
            kind: ServiceCIDR
            metadata: {name: main}
            spec: {cidrs: [10.96.0.0/16]}
            --- # the rest
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: d, namespace: x}
            spec: {template: {spec: {volumes: [{configMap: {defaultMode: 0644}}]}}}
            ---
            apiVersion: serving.knative.dev/v1
            kind: Service
            metadata: {name: k}
            ...
            ---

            """
        )
        #expect(manifest.errors == [])
        #expect(manifest.entries.map(\.line) == [3, 5, 10, 15])
        #expect(
            manifest.objects == [
                .node(Node(metadata: ObjectMeta(name: "n0"), podCIDRs: ["10.0.0.0/24"])),
                .serviceCIDR(ServiceCIDR(metadata: ObjectMeta(name: "main"), cidrs: ["10.96.0.0/16"])),
                .other(apiVersion: "apps/v1", kind: "Deployment", namespace: "x", name: "d"),
                .other(apiVersion: "serving.knative.dev/v1", kind: "Service", namespace: nil, name: "k"),
            ]
        )
    }

    @Test("lists are taken apart, and a bad item does not take the others with it")
    func lists() {
        let manifest = read(
            """
            apiVersion: v1
            kind: List
            items:
            - apiVersion: v1
              kind: Node
              metadata: {name: n0}
            - metadata: {name: x}
            - {apiVersion: v1, kind: Node, metadata: {name: n1}, spec: {podCIDR: x}}
            - 5
            - apiVersion: v1
              kind: Node
              metadata: {name: n2}
              spec:
                unschedulable: maybe
            - {apiVersion: v1, kind: Node, metadata: {name: n3}}
            ---
            apiVersion: networking.k8s.io/v1
            kind: ServiceCIDRList
            items:
            - metadata: {name: a}
              spec: {cidrs: [10.0.0.0/16]}
            """
        )
        #expect(manifest.entries.map(\.line) == [4, 15, 20])
        let texts = manifest.errors.map(\.description)
        let expected = [
            "f.yaml:7: x: items[1].kind: Required value",
            "f.yaml:8: Node n1: items[2].spec.podCIDRs[0]: Invalid value: \"x\": must be a valid CIDR value, (e.g. "
                + "10.9.8.0/24 or 2001:db8::/64)",
            "f.yaml:9: items[3]: Invalid value: 5: must be an object",
            "f.yaml:14: Node n2: items[4].spec.unschedulable: Invalid value: \"maybe\": must be true or false, without quotes",
        ]
        #expect(texts == expected)
    }

    @Test("lists may hold lists, and lists of kinds that are not wanted are not looked into")
    func nestedLists() {
        let manifest = read(
            """
            apiVersion: v1
            kind: List
            items:
            - {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Node, metadata: {name: N0}}]}
            - {apiVersion: v1, kind: ConfigMapList, items: [{metadata: {name: c}}]}
            - {apiVersion: v1, kind: List, items: {}}
            """
        )
        #expect(manifest.objects == [.other(apiVersion: "v1", kind: "ConfigMapList", namespace: nil, name: nil)])
        #expect(manifest.errors.map(\.error.field) == ["items[0].items[0].metadata.name", "items[2].items"])
        #expect(manifest.errors.map(\.line) == [4, 6])
    }

    @Test("JSON files hold one value after the other")
    func json() {
        let manifest = read(
            """
            {"apiVersion":"v1","kind":"Node","metadata":{"name":"n0"}}
            {
              "apiVersion":"v1","kind":"NodeList",
              "items":[
                {"metadata":{"name":"n1"}},
                {"metadata":{"name":"n2"},"spec":{"podCIDR":"10"}}
              ]
            }
            {"apiVersion":"v1","kind":"Node","metadata":{"name":"n3"}
            {"apiVersion":"v1","kind":"Node","metadata":{"name":"n4"}}
            """,
            file: "a/f.json"
        )
        #expect(manifest.entries.map(\.line) == [1, 5])
        #expect(
            manifest.errors.map(\.description) == [
                "a/f.json:6: Node n2: items[1].spec.podCIDRs[0]: Invalid value: \"10\": must be a valid CIDR value, "
                    + "(e.g. 10.9.8.0/24 or 2001:db8::/64)",
                "a/f.json:10: n3: not JSON: found '{', expected a comma or a closing brace",
            ]
        )
        #expect(read("\n", file: "e.json") == Manifest(file: "e.json"))
    }

    @Test("an object that is defined twice is used as it is defined first")
    func definedTwice() {
        let manifest = read([Self.service, Self.service, Self.slice].joined(separator: "\n---\n"))
        #expect(manifest.objects.count == 2)
        #expect(
            manifest.errors.map(\.description) == [
                "f.yaml:9: Service default/web: is defined a second time, first on line 1; the first one is used, "
                    + "remove the other"
            ]
        )
    }

    @Test("files without objects are no error", arguments: ["", "\n\n", "# nothing\n", "---\n---\n", "--- ~\n...\n"])
    func empty(text: String) {
        #expect(read(text) == Manifest(file: "f.yaml"))
    }

    @Test("line ends of other systems, and a byte order mark, change nothing")
    func lineEnds() {
        let text = "\u{feff}" + Self.service + "\n---\n" + Self.slice.replacing("8080", with: "0")
        let manifest = read(text.replacing("\n", with: "\r\n"))
        #expect(manifest.objects.count == 1)
        #expect(manifest.errors.map(\.line) == [16])
    }

    @Test("a Service of ten thousand endpoints is read")
    func manyEndpoints() {
        let endpoints = (0..<10_000).map { "- addresses: [10.1.\($0 >> 8).\($0 & 255)]\n" }.joined()
        let manifest = read(Self.slice.replacing("- addresses: [10.0.0.1]", with: endpoints))
        guard case .endpointSlice(let slice)? = manifest.objects.first else {
            Issue.record("\(manifest.errors)")
            return
        }
        #expect(slice.endpoints.count == 10_000)
    }

    @Test("a file that is too large is not read")
    func tooLarge() {
        let manifest = ManifestReader(file: "big.yaml").read(
            Array(repeating: 0x20, count: ManifestReader.sizeLimit + 1)
        )
        #expect(manifest.errors.map(\.description) == ["big.yaml: the file is larger than 64 MiB; split it"])
    }
}
