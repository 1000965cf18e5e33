import KubernetesAPI
import Testing

@Suite("Anchors, aliases and merges in manifests")
struct ManifestAliasTests {
    @Test("an alias stands for what its anchor names, and << merges it")
    func aliases() throws {
        let manifest = read(
            """
            apiVersion: v1
            kind: List
            items:
            - apiVersion: v1
              kind: Service
              metadata: &meta {name: a, labels: {app: x, service.kubernetes.io/service-proxy-name: p}}
              spec: &spec
                clusterIP: 10.96.0.1
                ports: [&http {name: http, port: 80}]
            - apiVersion: v1
              kind: Service
              metadata: {<<: *meta, name: b}
              spec:
                <<: [{type: LoadBalancer}, *spec]
                clusterIP: 10.96.0.2
                ports: [*http, {<<: *http, port: 81, name: more}]
            """
        )
        guard case .service(let first)? = manifest.objects.first, case .service(let second)? = manifest.objects.last
        else {
            Issue.record("\(manifest)")
            return
        }
        #expect(first.clusterIPs == ["10.96.0.1"])
        #expect(second.metadata.labels == first.metadata.labels)
        #expect(second.metadata.name == "b")
        #expect(second.type == .loadBalancer)
        #expect(second.clusterIPs == ["10.96.0.2"])
        #expect(second.ports.map(\.port) == [80, 81])
        #expect(manifest.errors == [])
    }

    @Test(
        "a few lines that stand for more text than there is memory are refused at once",
        .timeLimit(.minutes(1)),
        arguments: [
            ("*", ", "), ("{k: *", "}, "),
        ]
    )
    func bomb(open: String, close: String) {
        var text = "a0: &a0 [xxxxxxxxxx]\n"
        for level in 1...40 {
            let aliases = (0..<10).map { _ in "\(open)a\(level - 1)\(close)" }.joined()
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let manifest = read(text + "? *a40\n: b\n---\n{apiVersion: v1, kind: Node, metadata: {name: n0}}")
        #expect(manifest.objects.count == 1)
        #expect(manifest.errors.map(\.line) == [1])
        #expect(manifest.errors.first?.error.reason.hasPrefix("aliases stand for more than 4 MiB") == true)
    }

    @Test("one anchor may be used as often as anybody could write")
    func manyUses() {
        let endpoints = (0..<2_000).map { "- {<<: *e, addresses: [10.0.\($0 >> 8).\($0 & 255)]}\n" }.joined()
        let manifest = read(
            ManifestReaderTests.slice.replacing(
                "endpoints:\n- addresses: [10.0.0.1]",
                with: "endpoints:\n- &e {addresses: [10.9.9.9], nodeName: n0, zone: z0}\n" + endpoints
            )
        )
        guard case .endpointSlice(let slice)? = manifest.objects.first else {
            Issue.record("\(manifest.errors)")
            return
        }
        #expect(slice.endpoints.count == 2_001)
        #expect(slice.endpoints.allSatisfy { $0.nodeName == "n0" && $0.addresses.count == 1 })
    }

    @Test(
        "documents that nest without end are refused",
        .timeLimit(.minutes(1)),
        arguments: ["[", "{a: ", "- ", "? ", "[{", "a:\n"]
    )
    func nesting(piece: String) {
        let manifest = read(String(repeating: piece, count: 20_000))
        #expect(manifest.objects.isEmpty)
        #expect(manifest.errors.count == 1)
        let json = read(String(repeating: piece, count: 20_000), file: "f.json")
        #expect(json.errors.count == 1)
    }
}
