import KubernetesAPI
import Testing

@Suite("Refusals of ManifestReader")
struct ManifestRefusalTests {
    /// The good Service of the other suite after a change of its text.
    private func service(_ old: String, _ new: String) -> Manifest {
        #expect(ManifestReaderTests.service.contains(old))
        return read(ManifestReaderTests.service.replacing(old, with: new))
    }

    @Test(
        "a mistake in a Service is told with line, object and field",
        arguments: [
            (
                "port: 80", "port: \"80\"", 7,
                "spec.ports[0].port: Invalid value: \"80\": must be a whole number, without quotes"
            ),
            (
                "port: 80", "port: 0080", 7,
                "spec.ports[0].port: Invalid value: \"0080\": must be a whole number, without quotes"
            ),
            (
                "port: 80", "port: 0x50", 7,
                "spec.ports[0].port: Invalid value: \"0x50\": must be a whole number, without quotes"
            ),
            (
                "port: 80", "port: 80.0", 7,
                "spec.ports[0].port: Invalid value: 80.0: must be a whole number of at most 64 bits"
            ),
            ("port: 80", "port: yes", 7, "spec.ports[0].port: Invalid value: true: must be a whole number"),
            ("port: 80", "port: [80]", 7, "spec.ports[0].port: Invalid value: an array: must be a whole number"),
            ("- port: 80", "- 80", 7, "spec.ports[0]: Invalid value: 80: must be an object"),
            ("- port: 80", "  port: 80", 6, "spec.ports: Invalid value: an object: must be an array"),
            ("{name: web}", "{name: 010}", nil, ""),
            ("{name: web}", "{name: 10}", 3, "metadata.name: Invalid value: 10: must be a string, in quotes"),
            ("{name: web}", "{name: no}", 3, "metadata.name: Invalid value: false: must be a string, in quotes"),
            ("{name: web}", "{}", 3, "metadata.name: Required value: name or generateName is required"),
            ("metadata: {name: web}", "", 1, "metadata.name: Required value: name or generateName is required"),
            (
                "10.96.0.1", "010.96.0.1", 5,
                "spec.clusterIPs[0]: Invalid value: \"010.96.0.1\": must not have leading 0s; write 10.96.0.1"
            ),
            (
                "  clusterIP: 10.96.0.1\n", "", 4,
                "spec.clusterIP: Required value: manifests have no API server that assigns an address; write one, or None for a headless Service"
            ),
            (
                "spec:", "spec:\n  type: NodePort", 8,
                "spec.ports[0].nodePort: Required value: manifests have no API server that assigns a port; write one, or type ClusterIP"
            ),
            ("kind: Service", "kind: service", 2, "kind: Invalid value: \"service\": write Service"),
            ("kind: Service", "kind:", 1, "kind: Required value"),
            ("kind: Service", "kind: 5", 2, "kind: Invalid value: 5: must be a string, in quotes"),
            ("apiVersion: v1\n", "", 1, "apiVersion: Required value"),
            ("apiVersion: v1", "apiVersion: v2", 1, "apiVersion: Unsupported value: \"v2\": supported values: \"v1\""),
        ] as [(String, String, Int?, String)]
    )
    func mistakes(old: String, new: String, line: Int?, message: String) {
        let manifest = service(old, new)
        #expect(manifest.errors.first?.line == line)
        guard let error = manifest.errors.first?.error else { return }
        #expect("\(error.field): \(error.reason)" == message)
        #expect(manifest.entries.isEmpty)
        #expect(error.name == "web" || new.contains("name:") || message.hasPrefix("metadata.name"))
    }

    @Test("fields that there are not are told, and ignored")
    func unknownFields() {
        let manifest = read(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web, lables: {a: b}}
            spec:
              clusterIP: 10.96.0.1
              selector: {anything: goes}
              ports:
              - port: 80
                nodeport: 30080
              nope: {}
            """
        )
        #expect(manifest.objects.count == 1)
        #expect(
            manifest.errors.map(\.description) == [
                "f.yaml:3: Service default/web: metadata.lables: unknown field; it is ignored",
                "f.yaml:9: Service default/web: spec.ports[0].nodeport: unknown field; write nodePort",
                "f.yaml:10: Service default/web: spec.nope: unknown field; it is ignored",
            ]
        )
    }

    @Test(
        "all fields that an API server answers with are known",
        arguments: ["services", "endpointslices", "servicecidrs"]
    )
    func capturedFields(name: String) throws {
        let manifest = try ManifestReader(file: "f.json").read(captured(name))
        #expect(manifest.errors == [])
        #expect(manifest.objects.count >= 1)
    }

    @Test("all that is wrong with an object is told at once")
    func severalMistakes() {
        let manifest = read(
            """
            apiVersion: v1
            kind: Service
            metadata:
              name: web
              namespace: shop
            spec:
              clusterIPs:
              - 10.96.0.1
              - 10.96.0.256
              type: LoadBalancer
              ports:
              - name: http
                port: 70000
                targetPort: 80
              - name: http
                port: 0
                targetPort: web
              loadBalancerSourceRanges: [10.0.0.0/8, 10.0.0.0/40]
            """
        )
        #expect(
            manifest.errors.map(\.description) == [
                "f.yaml:13: Service shop/web: spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, "
                    + "inclusive",
                "f.yaml:15: Service shop/web: spec.ports[1].name: Duplicate value: \"http\"",
                "f.yaml:16: Service shop/web: spec.ports[1].port: Invalid value: 0: must be between 1 and 65535, "
                    + "inclusive",
                "f.yaml:9: Service shop/web: spec.clusterIPs[1]: Invalid value: \"10.96.0.256\": must be a valid IP "
                    + "address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
                "f.yaml:18: Service shop/web: spec.loadBalancerSourceRanges[1]: Invalid value: \"10.0.0.0/40\": must "
                    + "be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
            ]
        )
    }

    @Test("a slice must say which Service it is of, and have addresses of its family")
    func slices() {
        let manifest = read(
            ManifestReaderTests.slice
                .replacing("  labels: {kubernetes.io/service-name: web}\n", with: "")
                .replacing("[10.0.0.1]", with: "[\"::1\"]")
        )
        #expect(
            manifest.errors.map(\.description) == [
                "f.yaml:9: EndpointSlice default/web-1: endpoints[0].addresses[0]: Invalid value: \"::1\": must be an "
                    + "IPv4 address",
                "f.yaml:9: EndpointSlice default/web-1: endpoints[0].addresses[0]: Invalid value: \"::1\": may not be "
                    + "in the loopback range (127.0.0.0/8, ::1/128)",
                "f.yaml:3: EndpointSlice default/web-1: metadata.labels[kubernetes.io/service-name]: Required value: "
                    + "write the name of the Service whose endpoints these are",
            ]
        )
    }

    @Test(
        "a document that is no YAML is told with its line, and leaves the others",
        arguments: [
            ("a: b: c", 2), ("a: [1, 2", 4), ("a: \"x", 4), ("\tx: 1", 2), ("a: 1\n b: 2", 3), ("- a\nb: 1", 3),
            ("a: *nowhere", 2), ("a: 1\na: 2", 2), ("a: &x [*x]", 2), ("{a: 1}}", 2), ("a: !!binary [", 4),
            ("a: \u{1}", 2), ("? [a]\n: b", 2), ("a: !nope b", 2), ("%YAML 9.9\n---\na: 1", 2), ("a: |\nb", 3),
            ("just text", 2), ("- a\n- b", 2), ("5", 2),
        ]
    )
    func malformed(text: String, line: Int) {
        let good = "{apiVersion: v1, kind: Node, metadata: {name: n%}}"
        let manifest = read(
            good.replacing("%", with: "0") + "\n" + (text.hasPrefix("%") ? "...\n" : "---\n").dropLast(0) + text
                + "\n---\n"
                + good.replacing("%", with: "1")
        )
        #expect(manifest.objects.count == 2, "\(manifest)")
        #expect(manifest.errors.count == 1)
        let found = manifest.errors.first?.line ?? 0
        // Line 1 is the good object, line 2 the separator.
        #expect((line...line + 2).contains(found), "\(manifest.errors)")
    }

    @Test("names that are there twice are refused in JSON, too")
    func duplicateNames() {
        let json = """
            {"apiVersion": "v1", "kind": "Node",
             "metadata": {"name": "n0",
                          "name": "n1"}}
            """
        #expect(
            read(json, file: "f.json").errors.map(\.description) == [
                "f.json:3: n0: metadata: Duplicate value: \"name\" is there twice"
            ]
        )
        #expect(read(json).errors.map { "\($0.error.reason)" } == ["Duplicate value: \"name\" is there twice"])
    }

    @Test("text that is not UTF-8 is refused")
    func encoding() {
        let manifest = ManifestReader(file: "f.yaml").read([0x61, 0x3a, 0x20, 0xff])
        #expect(manifest.errors.map(\.description) == ["f.yaml:1: the text is not UTF-8"])
    }
}
