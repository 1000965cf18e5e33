import Testing

/// The command line and the configuration file of the program.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct FlagTests {
    /// A flag as the help tells it.
    struct Flag: Sendable {
        var name: String
        var placeholder: String
        var isIgnored: Bool
    }

    /// Reads the flags out of a help text.
    static func flags(in help: String) -> [Flag] {
        var flags: [Flag] = []
        var isIgnored = false
        for line in help.split(separator: "\n") {
            if !line.hasPrefix(" "), line.hasSuffix(":") { isIgnored = line.hasPrefix("ACCEPTED, WITHOUT EFFECT") }
            guard line.hasPrefix("  -"), let dashes = line.firstRange(of: "--") else { continue }
            let rest = line[dashes.upperBound...]
            let name = rest.prefix { $0 != " " }
            let placeholder = rest.dropFirst(name.count + 1).prefix { $0 != ">" }.drop { $0 == "<" }
            flags.append(Flag(name: String(name), placeholder: String(placeholder), isIgnored: isIgnored))
        }
        return flags
    }

    /// A value that a flag takes; nil for one that does something else than setting a value.
    private static func value(of flag: Flag) -> String? {
        switch flag.name {
        case "version", "help", "config", "manifests", "kubeconfig", "master", "write-config-to": nil
        case "cleanup", "init-only", "take-over": "false"
        case "service-proxy-name", "hostname-override", "table-name", "pod-bridge-interface": "name"
        case "pod-interface-name-prefix": "veth"
        case "bind-address": "0.0.0.0"
        case "nodeport-addresses": "primary"
        case "detect-local-mode": "ClusterCIDR"
        case "cluster-cidr": "10.244.0.0/16"
        case "proxy-mode": "nftables"
        case "healthz-bind-address", "metrics-bind-address": "127.0.0.1:20256"
        case "healthz-port", "metrics-port": "20257"
        case "logging-format": "text"
        case "profiling", "iptables-localhost-nodeports", "ipvs-strict-arp": "true"
        case "feature-gates": "SomeGate=true"
        case "ipvs-exclude-cidrs": "192.0.2.0/24"
        case "ipvs-scheduler": "rr"
        case "vmodule": "file=2"
        case "kube-api-content-type": "application/json"
        case "show-hidden-metrics-for-version": "1.35"
        case "log-text-split-stream", "log-json-split-stream": "true"
        case "log-text-info-buffer-size", "log-json-info-buffer-size": "0"
        case "iptables-masquerade-bit": "14"
        default:
            switch flag.placeholder {
            case "number": "1"
            case "duration": "30s"
            case "true|false": "false"
            default:
                flag.name.hasSuffix("period") || flag.name.contains("timeout") || flag.name.hasSuffix("frequency")
                    ? "30s" : "value"
            }
        }
    }

    @Test func `every flag of the help is accepted, and each without effect warns once`() async throws {
        let bed = try await ProxyTestBed()
        let help = try await TramaProgram.run("proxy", "--help", on: bed.node)
        #expect(help.ending == .exited(0))
        let flags = Self.flags(in: help.text)
        #expect(flags.count >= 55)
        #expect(flags.filter(\.isIgnored).count >= 20)
        let file = bed.folder.path("written.yaml")
        var arguments = ["proxy", "--write-config-to", file]
        for flag in flags {
            if let value = Self.value(of: flag) { arguments.append("--\(flag.name)=\(value)") }
        }
        let program = try bed.launch(exactly: arguments)
        #expect(try await program.end() == .exited(0), "\(program.text)")
        for flag in flags where flag.isIgnored {
            let lines = program.lines.filter { $0.hasPrefix("W") && $0.contains("--\(flag.name)") }
            #expect(lines.count == 1, "--\(flag.name): \(lines)")
        }
        #expect(!program.lines.contains { $0.hasPrefix("E") || $0.hasPrefix("F") }, "\(program.text)")
    }

    @Test func `an unknown flag ends with status 64, and names the flag`() async throws {
        let host = try await Host.make("node")
        for arguments in [["proxy", "--manifest", "/tmp"], ["proxy", "--nonsense=1"], ["proxi"]] {
            let program = try TramaProgram.start(arguments, on: host)
            #expect(try await program.end() == .exited(64))
            #expect(program.text.contains(arguments.count > 1 ? "--nonsense" : "proxi") || arguments.count == 3)
        }
    }

    @Test(
        arguments: [
            ("cluster-cidr", "10.244.0.0/33", "CIDR block"), ("v", "loud", "integer"),
            ("healthz-bind-address", "10256x", "address"), ("detect-local-mode", "Magic", "ClusterCIDR"),
            ("proxy-mode", "userspace", "nftables"), ("nodeport-addresses", "all", "primary"),
            ("conntrack-udp-timeout", "1 day", "30s"), ("masquerade-all", "maybe", "true"),
            ("oom-score-adj", "5000", "1000"), ("table-name", "a b", "table name"), ("logging-format", "xml", "json"),
            ("bind-address", "10.0.0.300", "address"),
        ]
    )
    func `a value that cannot be used is named with its flag and the remedy`(
        flag: String,
        value: String,
        remedy: String
    ) async throws {
        let host = try await Host.make("node")
        let (ending, text) = try await TramaProgram.run("proxy", "--\(flag)=\(value)", on: host)
        #expect(ending == .exited(1) || ending == .exited(64))
        #expect(text.contains("--\(flag)") || text.contains("-\(flag)"), "\(text)")
        #expect(text.contains(remedy), "\(text)")
    }

    @Test func `--version says the version`() async throws {
        let host = try await Host.make("node")
        for arguments in [["--version"], ["proxy", "--version"]] {
            let program = try TramaProgram.start(arguments, on: host)
            #expect(try await program.end() == .exited(0))
            #expect(program.text.contains("0."))
        }
    }

    @Test func `log lines are JSON objects on request, up to -v`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one]).yaml)
        try bed.folder.write("bad.yaml", "kind: \"\u{1}\\")
        let proxy = try await bed.start("--logging-format", "json", "-v", "5")
        #expect(try await proxy.terminate() == .exited(0))
        #expect(proxy.lines.count > 10)
        for line in proxy.lines {
            let object = try #require(JSONLine(line), "\(line)")
            #expect(Set(["ts", "caller", "msg"]).isSubset(of: object.keys), "\(line)")
            #expect(object.keys.count == Set(object.keys).count, "\(line)")
        }
        #expect(!proxy.lines(with: ["\"v\":4"]).isEmpty)
        let quiet = try await bed.start("--logging-format=json")
        #expect(try await quiet.terminate() == .exited(0))
        #expect(quiet.lines(with: ["\"v\":4"]).isEmpty && quiet.lines(with: ["\"v\":2"]).isEmpty)
    }
}
