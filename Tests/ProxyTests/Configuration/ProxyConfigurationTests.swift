import Addressing
import Observability
import Testing

@testable import Proxy

@Suite struct ProxyConfigurationTests {
    /// Resolves flags, with the file `f` if there is a body for it.
    private func resolve(_ flags: ProxyFlags, file body: String? = nil) throws(ConfigurationError) -> ProxyConfiguration
    {
        var flags = flags
        if body != nil { flags.add("config", "f") }
        return try ProxyConfiguration.resolve(flags) { _ in ConfigurationFileTests.header + (body ?? "") }
    }

    /// The flag that spares the warning about local detection.
    private let quiet: ProxyFlags = ["cluster-cidr": "10.0.0.0/8"]

    @Test("without flags and file the defaults hold") func defaults() throws {
        let configuration = try resolve([:])
        var expected = ProxyConfiguration()
        expected.conntrack.maxPerCore = 32_768
        expected.conntrack.min = 131_072
        expected.conntrack.tcpEstablishedTimeout = .seconds(86_400)
        expected.conntrack.tcpCloseWaitTimeout = .seconds(3_600)
        expected.warnings = [
            "detectLocalMode is ClusterCIDR but clusterCIDR is not set, so local pods are not recognized"
        ]
        #expect(configuration == expected)
        #expect(configuration.masqueradeMark == 0x4000)
        #expect(configuration.healthTimeout == .seconds(60))
        #expect(configuration.minSyncPeriod == .zero)
    }

    @Test("flags set what they name") func flags() throws {
        let configuration = try resolve([
            "kubeconfig": "/k", "master": "https://m", "hostname-override": "n1", "bind-address": "192.0.2.7",
            "nodeport-addresses": "10.0.0.0/8,fd00::/8", "cluster-cidr": "10.0.0.0/8,fd00::/64", "oom-score-adj": "7",
            "table-name": "proxy-2", "service-proxy-name": "trama", "masquerade-all": "true", "take-over": "true",
            "conntrack-max-per-core": "0", "conntrack-tcp-timeout-established": "0s", "conntrack-udp-timeout": "1m",
            "conntrack-tcp-be-liberal": "true", "bind-address-hard-fail": "true", "v": "4", "logging-format": "json",
            "healthz-bind-address": "192.0.2.7", "metrics-bind-address": "[::1]:9", "proxy-mode": "nftables",
        ])
        #expect(configuration.source == .cluster(kubeconfig: "/k", master: "https://m"))
        #expect(configuration.nodeNameOverride == "n1")
        #expect(configuration.nodeAddressOverride == IPAddress("192.0.2.7"))
        #expect(
            configuration.nodePortAddresses
                == .prefixes(["10.0.0.0/8", "fd00::/8"].compactMap { IPPrefix($0) })
        )
        #expect(
            configuration.localDetection == .prefixes(["10.0.0.0/8", "fd00::/64"].compactMap { IPPrefix($0) })
        )
        #expect(configuration.oomScoreAdjustment == 7)
        #expect(configuration.tableName == "proxy-2")
        #expect(configuration.serviceProxyName == "trama")
        #expect(configuration.masqueradesAll && configuration.takesOver && configuration.bindAddressHardFail)
        #expect(configuration.conntrack.maxPerCore == nil)
        #expect(configuration.conntrack.tcpEstablishedTimeout == nil)
        #expect(configuration.conntrack.udpTimeout == .seconds(60))
        #expect(configuration.conntrack.tcpBeLiberal)
        #expect(configuration.log == LogSettings(format: .json, verbosity: 4))
        #expect(configuration.healthzAddress == ListenAddress(host: "192.0.2.7", port: 10_256))
        #expect(configuration.metricsAddress == ListenAddress(host: "::1", port: 9))
        #expect(configuration.warnings.isEmpty)
    }

    @Test(
        "what the process is started for",
        arguments: [
            (["cleanup": "true"], .cleanUp), (["cleanup": "false"], .run), (["init-only": "true"], .initialize),
            (["write-config-to": "f"], .writeConfiguration(path: "f")), ([:], .run),
        ] as [(ProxyFlags, ProxyConfiguration.Purpose)]
    )
    func purpose(flags: ProxyFlags, purpose: ProxyConfiguration.Purpose) throws {
        #expect(try resolve(flags).purpose == purpose)
    }

    @Test(
        "servers listen in the family of bindAddress, and an empty address switches one off",
        arguments: [
            (["bind-address": "::"], "[::]:10256", "[::1]:10249"),
            (["bind-address": "2001:db8::1"], "[::]:10256", "[::1]:10249"),
            (["healthz-bind-address": ""], nil, "127.0.0.1:10249"),
            (["metrics-bind-address": ""], "0.0.0.0:10256", nil),
            (["healthz-bind-address": ":80"], "[::]:80", "127.0.0.1:10249"),
            (["healthz-port": "81", "metrics-port": "0"], "0.0.0.0:81", nil),
            (["healthz-port": "81", "healthz-bind-address": "127.0.0.1:82"], "127.0.0.1:82", "127.0.0.1:10249"),
        ] as [(ProxyFlags, String?, String?)]
    )
    func servers(flags: ProxyFlags, health: String?, metrics: String?) throws {
        let configuration = try resolve(flags)
        #expect(configuration.healthzAddress?.description == health)
        #expect(configuration.metricsAddress?.description == metrics)
    }

    @Test(
        "local pods are recognized as the mode says",
        arguments: [
            (["detect-local-mode": "NodeCIDR"], .nodePodCIDRs),
            (["detect-local-mode": "BridgeInterface", "pod-bridge-interface": "cni0"], .bridge("cni0")),
            (
                ["detect-local-mode": "InterfaceNamePrefix", "pod-interface-name-prefix": "veth"],
                .interfacePrefix("veth")
            ),
            (["detect-local-mode": "ClusterCIDR"], .none),
        ] as [(ProxyFlags, ProxyConfiguration.LocalDetection)]
    )
    func localDetection(flags: ProxyFlags, detection: ProxyConfiguration.LocalDetection) throws {
        #expect(try resolve(flags).localDetection == detection)
    }

    @Test("a flag without effect is one warning, however often it is given") func ignoredFlags() throws {
        var count = 0
        for flag in ProxyFlag.all {
            guard case .field(let path) = flag.effect, let field = ConfigurationField.named(path),
                case .ignored = field.use
            else { continue }
            var flags = quiet
            let value =
                switch field.target {
                case .bool: "true"
                case .int, .number: "3"
                case .duration: "3s"
                case .gates: "A=true"
                case .text, .list: "rr"
                }
            flags.add(flag.name, value)
            flags.add(flag.name, value)
            let warnings = try resolve(flags).warnings
            #expect(warnings.count == 1 && warnings[0].hasPrefix("--\(flag.name) has no effect: "))
            count += 1
        }
        #expect(count >= 15)
    }

    @Test("another proxy mode is one warning", arguments: ["iptables", "ipvs"]) func mode(mode: String) throws {
        var flags = quiet
        flags.add("proxy-mode", mode)
        #expect(try resolve(flags).warnings == ["--proxy-mode=\(mode) has no effect: the rules are nftables rules"])
        #expect(
            try resolve([:], file: "clusterCIDR: 10.0.0.0/8\nmode: \(mode)\n").warnings
                == ["f:4: mode \(mode) has no effect: the rules are nftables rules"]
        )
    }

    @Test("fields without effect are warned of only where the file asks for something") func ignoredFields() throws {
        let generated = """
            clusterCIDR: 10.0.0.0/8
            ipvs: {scheduler: "", syncPeriod: 0s, excludeCIDRs: null, strictARP: false}
            iptables: {masqueradeBit: 14, masqueradeAll: false, minSyncPeriod: 1s}
            winkernel: {enableDSR: false}
            configSyncPeriod: 15m0s
            """
        #expect(try resolve([:], file: generated).warnings == [])
        #expect(
            try resolve([:], file: generated + "\nenableProfiling: true\n").warnings
                == ["f:8: enableProfiling has no effect: there is no Go profiler"]
        )
    }

    @Test("with a file, its fields' flags are ignored with one warning; some are not") func fileOverFlags() throws {
        let configuration = try resolve(
            [
                "hostname-override": "flag", "v": "4", "oom-score-adj": "5", "masquerade-all": "true",
                "table-name": "other", "master": "https://m", "healthz-port": "1",
            ],
            file: """
                hostnameOverride: file
                oomScoreAdj: 1
                clusterCIDR: 10.0.0.0/8
                logging: {verbosity: 2, format: json}
                """
        )
        #expect(configuration.nodeNameOverride == "flag")
        #expect(configuration.log == LogSettings(format: .json, verbosity: 4))
        #expect(configuration.oomScoreAdjustment == 1)
        #expect(!configuration.masqueradesAll)
        #expect(configuration.tableName == "other")
        #expect(configuration.source == .cluster(kubeconfig: nil, master: "https://m"))
        #expect(configuration.healthzAddress?.port == 10_256)
        #expect(configuration.configurationFile == "f")
        #expect(
            configuration.warnings
                == ["ignored, since --config is given: --oom-score-adj --masquerade-all --healthz-port"]
        )
    }

    @Test("a range of one family leaves the other open, with a warning") func oneFamily() throws {
        var flags = quiet
        flags.add("nodeport-addresses", "10.0.0.0/8")
        #expect(
            try resolve(flags).warnings == [
                "--nodeport-addresses: nodePortAddresses has no IPv6 range, so NodePorts are served on every local "
                    + "IPv6 address"
            ]
        )
    }

    @Test("list flags accumulate") func lists() throws {
        var flags = quiet
        flags.add("nodeport-addresses", "10.0.0.0/8")
        flags.add("nodeport-addresses", "fd00::/8,192.168.0.0/16")
        let prefixes = ["10.0.0.0/8", "fd00::/8", "192.168.0.0/16"].compactMap { IPPrefix($0) }
        #expect(try resolve(flags).nodePortAddresses == .prefixes(prefixes))
    }

    @Test(
        "bad values name the flag and what would be right",
        arguments: [
            (["oom-score-adj": "1001"], "--oom-score-adj: 1001 must be within the range [-1000, 1000]"),
            (["oom-score-adj": "x"], "--oom-score-adj: expected an integer, found \"x\""),
            (["masquerade-all": "yes"], "--masquerade-all: expected true or false, found \"yes\""),
            (["cleanup": "yes"], "--cleanup: expected true or false, found \"yes\""),
            (["conntrack-min": "-1"], "--conntrack-min: -1 must be greater than or equal to 0"),
            (["conntrack-udp-timeout": "-1s"], "--conntrack-udp-timeout: -1s must be greater than or equal to 0"),
            (
                ["conntrack-udp-timeout": "5"],
                "--conntrack-udp-timeout: expected a duration (e.g. \"30s\", \"1h2m\"), found \"5\""
            ),
            (["bind-address": "x"], "--bind-address: \"x\" is not a valid textual representation of an IP address"),
            (["healthz-bind-address": "x"], "--healthz-bind-address: \"x\" must be IP:port"),
            (["healthz-bind-address": "x:80"], "--healthz-bind-address: \"x:80\" must be a valid IP"),
            (["healthz-bind-address": "::1:80:"], "--healthz-bind-address: \"::1:80:\" must be IP:port"),
            (["metrics-bind-address": "1.2.3.4:0"], "--metrics-bind-address: \"1.2.3.4:0\" must be a valid port"),
            (
                ["metrics-bind-address": "1.2.3.4:70000"],
                "--metrics-bind-address: \"1.2.3.4:70000\" must be a valid port"
            ),
            (["metrics-port": "70000"], "--metrics-port: expected a port, 0...65535, found \"70000\""),
            (
                ["cluster-cidr": "10.0.0.0"],
                "--cluster-cidr: \"10.0.0.0\" must be a valid CIDR block (e.g. 10.100.0.0/16 or fde4:8dba:82e1::/48)"
            ),
            (
                ["cluster-cidr": "10.0.0.0/8,11.0.0.0/8"],
                "--cluster-cidr: \"10.0.0.0/8,11.0.0.0/8\" must be a valid DualStack CIDR "
                    + "(e.g. 10.100.0.0/16,fde4:8dba:82e1::/48)"
            ),
            (
                ["cluster-cidr": "1.0.0.0/8,f::/8,2.0.0.0/8"],
                "--cluster-cidr: \"1.0.0.0/8,f::/8,2.0.0.0/8\": only one CIDR allowed or a valid DualStack CIDR "
                    + "(e.g. 10.100.0.0/16,fde4:8dba:82e1::/48)"
            ),
            (["nodeport-addresses": "primary,10.0.0.0/8"], "--nodeport-addresses: can't use both 'primary' and CIDRs"),
            (
                ["nodeport-addresses": "10.0.0.1"],
                "--nodeport-addresses: \"10.0.0.1\" must be a valid CIDR block (e.g. 192.168.0.0/16), or 'primary'"
            ),
            (
                ["detect-local-mode": "x"],
                "--detect-local-mode: \"x\" must be BridgeInterface, ClusterCIDR, InterfaceNamePrefix or NodeCIDR"
            ),
            (
                ["detect-local-mode": "BridgeInterface"],
                "detectLocal.bridgeInterface: \"\" must be an interface name of 1 to 15 characters"
            ),
            (
                ["proxy-mode": "userspace"],
                "--proxy-mode: \"userspace\" must be nftables, or iptables, ipvs or blank, which mean the same here"
            ),
            (["logging-format": "xml"], "--logging-format: \"xml\" must be text or json"),
            (["v": "-1"], "--v: -1 must be greater than or equal to 0"),
            (
                ["table-name": "a b"],
                "--table-name: \"a b\" is not a table name: a letter, then at most 126 of a-z A-Z 0-9 - _ . /"
            ),
            (["table-name": "kube-proxy"], "--table-name: kube-proxy is upstream's table: choose another name"),
            (
                ["service-proxy-name": "-x"],
                "--service-proxy-name: \"-x\" is not a label value: at most 63 of a-z A-Z 0-9 - _ ."
            ),
            (["manifests": ""], "--manifests: expected a folder, found nothing"),
            (
                ["manifests": "d", "kubeconfig": "k"],
                "--manifests: excludes an API server, which --kubeconfig names: choose one"
            ),
            (["cleanup": "true", "init-only": "true"], "--init-only: excludes --cleanup: give one of them"),
            (["config-sync-period": "-1s"], "--config-sync-period: -1s must be greater than 0"),
            (["nonsense": "1"], "--nonsense: unknown flag; `trama proxy --help` lists them"),
        ] as [(ProxyFlags, String)]
    )
    func badFlags(flags: ProxyFlags, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try resolve(flags) }
        #expect(error?.description == message)
    }

    @Test(
        "bad values name the line of the file",
        arguments: [
            ("nftables:\n  masqueradeBit: 32", "f:4: nftables.masqueradeBit: 32 must be within the range [0, 31]"),
            (
                "nftables:\n  syncPeriod: -1s",
                [
                    "f:4: nftables.syncPeriod: -1s must be greater than 0",
                    "f:4: nftables.syncPeriod: must be greater than or equal to nftables.minSyncPeriod",
                ].joined(separator: "\n")
            ),
            (
                "nftables: {syncPeriod: 1s, minSyncPeriod: 2s}",
                "f:3: nftables.syncPeriod: must be greater than or equal to nftables.minSyncPeriod"
            ),
            (
                "nftables: {minSyncPeriod: -1s}",
                "f:3: nftables.minSyncPeriod: -1s must be greater than or equal to 0"
            ),
            ("clientConnection: {burst: -1}", "f:3: clientConnection.burst: -1 must be greater than or equal to 0"),
            ("conntrack: {maxPerCore: -1}", "f:3: conntrack.maxPerCore: -1 must be greater than or equal to 0"),
            ("configSyncPeriod: -1s", "f:3: configSyncPeriod: -1s must be greater than 0"),
        ]
    )
    func badFields(body: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try resolve([:], file: body) }
        #expect(error?.description == message)
    }

    @Test("a file that cannot be read is named") func unreadable() {
        let error = #expect(throws: ConfigurationError.self) {
            try ProxyConfiguration.load(["config": "/nonexistent/file"])
        }
        #expect(error?.description == "--config: cannot be read: /nonexistent/file: No such file or directory")
    }

    @Test("every flag of upstream is known") func upstreamFlags() {
        let names = """
            config write-config-to cleanup init-only feature-gates kubeconfig master kube-api-content-type kube-api-qps
            kube-api-burst hostname-override bind-address bind-address-hard-fail healthz-bind-address metrics-bind-address
            healthz-port metrics-port profiling show-hidden-metrics-for-version proxy-mode iptables-masquerade-bit
            iptables-sync-period iptables-min-sync-period iptables-localhost-nodeports ipvs-sync-period
            ipvs-min-sync-period ipvs-scheduler ipvs-exclude-cidrs ipvs-strict-arp ipvs-tcp-timeout ipvs-tcpfin-timeout
            ipvs-udp-timeout masquerade-all detect-local-mode pod-bridge-interface pod-interface-name-prefix cluster-cidr
            nodeport-addresses oom-score-adj conntrack-max-per-core conntrack-min conntrack-tcp-timeout-established
            conntrack-tcp-timeout-close-wait conntrack-tcp-be-liberal conntrack-udp-timeout conntrack-udp-timeout-stream
            config-sync-period v vmodule logging-format log-flush-frequency log-text-split-stream
            log-text-info-buffer-size log-json-split-stream log-json-info-buffer-size
            """
        for name in names.split(whereSeparator: \.isWhitespace) {
            #expect(ProxyFlag.named(String(name)) != nil, "\(name)")
        }
    }
}
