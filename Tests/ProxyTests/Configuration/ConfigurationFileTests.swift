import Glibc
import SeededTesting
import Testing

@testable import Proxy

@Suite struct ConfigurationFileTests {
    static let header = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"

    private func read(_ body: String) throws(ConfigurationError) -> ConfigurationFile {
        try ConfigurationFile(Self.header + body, path: "proxy.yaml")
    }

    @Test("a flush frequency may be a number of nanoseconds, as kubeadm writes it; other durations may not")
    func integerDurations() throws {
        #expect(try read("logging: {flushFrequency: 0}").document.logging.flushFrequency == GoDuration(.seconds(5)))
        #expect(
            try read("logging: {flushFrequency: 1000000000}").document.logging.flushFrequency
                == GoDuration(.seconds(1))
        )
        #expect(throws: ConfigurationError.self) { try read("nftables: {syncPeriod: 0}") }
    }

    @Test("every field of the table is read, and its line remembered") func everyField() throws {
        let document = try read(
            """
            clientConnection: {kubeconfig: /etc/kubeconfig, qps: 7.5, burst: 20}
            nftables:
              masqueradeBit: 3
              masqueradeAll: true
              syncPeriod: 1m
              minSyncPeriod: 2s
            nodePortAddresses:
            - 10.0.0.0/8
            - "fd00::/8"
            conntrack:
              maxPerCore: 0
              tcpBeLiberal: true
              udpTimeout: 30s
            featureGates: {A: true, B: false}
            oomScoreAdj: -5
            """
        )
        var expected = KubeProxyConfiguration()
        expected.clientConnection.kubeconfig = "/etc/kubeconfig"
        expected.clientConnection.qps = 7.5
        expected.clientConnection.burst = 20
        expected.nftables.masqueradeBit = 3
        expected.nftables.masqueradeAll = true
        expected.nftables.syncPeriod = GoDuration(.seconds(60))
        expected.nftables.minSyncPeriod = GoDuration(.seconds(2))
        expected.nodePortAddresses = ["10.0.0.0/8", "fd00::/8"]
        expected.conntrack.maxPerCore = 0
        expected.conntrack.tcpBeLiberal = true
        expected.conntrack.udpTimeout = GoDuration(.seconds(30))
        expected.featureGates = ["A": true, "B": false]
        expected.oomScoreAdj = -5
        #expect(document.document == expected)
        #expect(document.origins["nftables.masqueradeBit"] == .file("proxy.yaml", line: 5))
        #expect(document.warnings.isEmpty)
    }

    @Test("null, and zero where Go's defaulting takes it so, leave the default") func zeroValues() throws {
        let document = try read(
            """
            bindAddress: ""
            clientConnection: {burst: 0, qps: 0, contentType: ""}
            conntrack: {maxPerCore: null, min: ~}
            nftables: {masqueradeBit: null, syncPeriod: 0s}
            detectLocalMode: ""
            nodePortAddresses: null
            ipvs:
            """
        ).document
        #expect(document == KubeProxyConfiguration())
    }

    @Test("JSON is read like YAML") func json() throws {
        let text = """
            {"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration",
             "nftables": {"masqueradeBit": 5}}
            """
        #expect(try ConfigurationFile(text, path: "proxy.json").document.nftables.masqueradeBit == 5)
    }

    @Test("unknown and duplicate fields are one warning, and the last of the duplicates counts") func lenient() throws {
        let document = try read(
            """
            oomScoreAdj: 1
            nftables:
              masqueradeBit: 1
              "masqueradeBit": 2
              nope: 1
            oomScoreAdj: 2
            udpIdleTimeout: 250ms
            oomScoreAdj: 3
            """
        )
        #expect(document.document.oomScoreAdj == 3)
        #expect(document.document.nftables.masqueradeBit == 2)
        #expect(
            document.warnings == [
                "proxy.yaml: unknown field nftables.nope (line 7); unknown field udpIdleTimeout (line 9); "
                    + "field masqueradeBit given again after line 5, the last one counts; "
                    + "field oomScoreAdj given again after line 3, the last one counts; "
                    + "field oomScoreAdj given again after line 8, the last one counts"
            ]
        )
    }

    @Test(
        "a value of the wrong type names file, line, field and what is expected",
        arguments: [
            ("oomScoreAdj: high", "proxy.yaml:3: oomScoreAdj: expected an integer, found \"high\""),
            (
                "oomScoreAdj: 1.5",
                "proxy.yaml:3: oomScoreAdj: expected an integer, found 1.5 (quote it if a text is meant)"
            ),
            ("oomScoreAdj: 3000000000", "proxy.yaml:3: oomScoreAdj: 3000000000 does not fit in 32 bits"),
            ("oomScoreAdj: \"1\"", "proxy.yaml:3: oomScoreAdj: expected an integer, found \"1\""),
            (
                "hostnameOverride: 5",
                "proxy.yaml:3: hostnameOverride: expected a text, found 5 (quote it if a text is meant)"
            ),
            (
                "conntrack:\n  udpTimeout: 30",
                "proxy.yaml:4: conntrack.udpTimeout: expected a duration (e.g. \"30s\", \"1h2m\"), found 30 "
                    + "(quote it if a text is meant)"
            ),
            (
                "conntrack:\n  udpTimeout: 1d",
                "proxy.yaml:4: conntrack.udpTimeout: expected a duration (e.g. \"30s\", \"1h2m\"), found \"1d\""
            ),
            (
                "bindAddressHardFail: maybe",
                "proxy.yaml:3: bindAddressHardFail: expected true or false, found \"maybe\""
            ),
            (
                "nodePortAddresses: primary",
                "proxy.yaml:3: nodePortAddresses: expected a list of texts, found \"primary\""
            ),
            (
                "nodePortAddresses: [1]",
                "proxy.yaml:3: nodePortAddresses: expected a list of texts, found 1 (quote it if a text is meant) in it"
            ),
            ("nftables: [1]", "proxy.yaml:3: nftables: expected a mapping, found a list"),
            (
                "featureGates: {A: 1}",
                "proxy.yaml:3: featureGates: expected true or false for A, found 1 (quote it if a text is meant)"
            ),
            ("mode: {a: b}", "proxy.yaml:3: mode: expected a text, found a mapping"),
        ]
    )
    func wrongType(body: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try read(body) }
        #expect(error?.description == message)
    }

    @Test("all problems of a file are told at once") func everyProblem() {
        let error = #expect(throws: ConfigurationError.self) { try read("oomScoreAdj: x\nmode: [1]\n") }
        #expect(error?.problems.count == 2)
    }

    @Test(
        "what is not this document is refused",
        arguments: [
            ("", "f: expected a KubeProxyConfiguration, found nothing"),
            ("[1, 2]", "f: expected a KubeProxyConfiguration, found nothing"),
            (
                "kind: KubeProxyConfiguration\napiVersion: v2",
                "f:2: apiVersion: expected kubeproxy.config.k8s.io/v1alpha1, found \"v2\""
            ),
            (
                "apiVersion: kubeproxy.config.k8s.io/v1alpha1",
                "f: kind: missing: must be KubeProxyConfiguration"
            ),
            ("a: b\n  c: d", "f:2: not valid YAML: mapping values are not allowed in this context"),
            ("a: [1", "f:2: not valid YAML: did not find expected ',' or ']'"),
            ("\"a\": \"\\q\"", "f:1: not valid YAML: found unknown escape character"),
        ]
    )
    func wrongDocument(text: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile(text, path: "f") }
        #expect(error?.description == message)
    }

    @Test(
        "binary garbage is an error, not a trap",
        arguments: [
            "\u{0}\u{1}", "&a [*a]", "? [a]: b", "!!binary x", "a: *missing", "{{}: 1}", "- - - ", "%YAML 9",
            "a: !!int x",
        ]
    )
    func garbage(text: String) {
        #expect(throws: ConfigurationError.self) { try ConfigurationFile(text, path: "f") }
        _ = try? ConfigurationFile(Self.header + text, path: "f")
    }

    @Test("a damaged file is read or refused, and never traps") func mutations() {
        var random = SeededGenerator()
        print(random)
        func next(below limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
        var document = KubeProxyConfiguration()
        document.completeDefaults()
        let original = Array(document.yaml.utf8)
        for _ in 0..<300 {
            var bytes = original
            for _ in 0..<(1 + next(below: 4)) {
                let position = next(below: bytes.count)
                switch next(below: 4) {
                case 0: bytes[position] = UInt8(next(below: 256))
                case 1: bytes.removeSubrange(position..<min(bytes.count, position + 1 + next(below: 20)))
                case 2: bytes.insert(contentsOf: original.dropFirst(position).prefix(next(below: 60)), at: position)
                default:
                    bytes.insert(
                        contentsOf: Array("&*{}[]:\n\t\"'-9".utf8).dropFirst(next(below: 12)).prefix(2),
                        at: position
                    )
                }
            }
            _ = try? ProxyConfiguration.resolve(["config": "f"]) { _ in String(decoding: bytes, as: UTF8.self) }
        }
    }
}
