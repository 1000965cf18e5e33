import Glibc
import Netlink
import Testing

/// The example list of plug-ins, as a container runtime calls it, with Debian's plug-ins after ours.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason), .enabled(if: access("/usr/lib/cni/portmap", X_OK) == 0))
struct OverlayRuntimeTests {
    @Test func `the example list of plug-ins adds a container, with a port of the host, and deletes it`() async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        let remote = try await bed[1].pod()
        let runtime = try ContainerRuntime(host: bed[0])
        #expect(runtime.types == ["trama-cni", "portmap", "bandwidth"])
        let before = try await Self.leftovers(on: bed[0])
        let container = try await NamedNamespace()
        let result = try await runtime.add(container.name)
        let address = try #require(ContainerRuntime.address(in: result))
        try await remote.waitUntilReaching(address)
        #expect(try await bed[0].run("tc qdisc show").contains("tbf"))

        let server = try ChildProcess(
            ["socat", "TCP-LISTEN:80,fork,reuseaddr", "SYSTEM:echo hello"],
            in: NetworkNamespace(name: container.name)
        )
        defer { server.signal(SIGKILL) }
        // From outside of the cluster, and from a pod of another host, by the first host's address.
        try await eventually("an answer through the host's port") {
            let answer = try? await bed.lab.router.run("socat", "-T5", "STDIO", "TCP:\(bed[0].address):8080")
            return answer?.contains("hello") == true
        }
        try await eventually("an answer to a pod") {
            let answer = try? await remote.run("socat", "-T5", "STDIO", "TCP:\(bed[0].address):8080")
            return answer?.contains("hello") == true
        }
        try await runtime.check(container.name, result)
        try await runtime.delete(container.name, result)
        // Runtimes may do so twice, and without what was added.
        try await runtime.delete(container.name, nil)
        #expect(try await Self.leftovers(on: bed[0]) == before)
        try await bed[0].waitForStatus("summary", has: "Attachments: 0", "Used: 0")
    }

    /// What a container leaves on its host, if anything.
    private static func leftovers(on host: OverlayHost) async throws -> String {
        let links = try await host.run("ip -o link").split(separator: "\n").compactMap { line in
            line.split(separator: " ").dropFirst().first
        }
        let rules = try await host.run("iptables-save -t nat").split(separator: "\n").filter {
            $0.contains("--to-dest")
        }
        return (links + rules).joined(separator: "\n")
    }
}

/// What containerd and CRI-O do with a list of plug-ins (the CNI specification, section 3).
private struct ContainerRuntime {
    private let host: OverlayHost
    private let version: String
    private let plugins: [String]
    /// What this runtime offers to plug-ins that can take it.
    private let offers = [
        "portMappings": #"[{"hostPort":8080,"containerPort":80,"protocol":"tcp"}]"#,
        "bandwidth": #"{"ingressRate":80000000,"ingressBurst":800000,"egressRate":80000000,"egressBurst":800000}"#,
    ]

    init(host: OverlayHost) throws {
        self.host = host
        let text = try TemporaryFolder.read("\(Self.repository)/examples/10-trama.conflist")
        version = try Self.string("cniVersion", in: text)
        let list = text.ranges(of: "\"plugins\"").first.map { text[$0.upperBound...] } ?? ""
        plugins = Self.objects(in: list)
    }

    /// The names of the programs, in order.
    var types: [String] { plugins.compactMap { try? Self.string("type", in: $0) } }

    func add(_ container: String) async throws -> String {
        var result: String?
        for plugin in plugins { result = try await call("ADD", plugin, container, result) }
        return result ?? ""
    }

    func check(_ container: String, _ result: String) async throws {
        // Debian's portmap looks for IPv4's rules in ip6tables, whatever made the container's interface.
        for plugin in plugins where !plugin.contains("\"portmap\"") {
            _ = try await call("CHECK", plugin, container, result)
        }
    }

    func delete(_ container: String, _ result: String?) async throws {
        for plugin in plugins.reversed() { _ = try await call("DEL", plugin, container, result) }
    }

    private func call(
        _ command: String,
        _ plugin: String,
        _ container: String,
        _ result: String?
    ) async throws -> String {
        let type = try Self.string("type", in: plugin)
        let taken = offers.filter { plugin.contains("\"\($0.key)\"") }.map { "\"\($0.key)\":\($0.value)" }
        var members = [#""cniVersion":"\#(version)""#, #""name":"trama""#]
        if !taken.isEmpty { members.append("\"runtimeConfig\":{\(taken.joined(separator: ","))}") }
        if let result { members.append("\"prevResult\":\(result)") }
        if type == "trama-cni" {
            // On a machine of its own the daemon is at the usual places.
            members += [#""socket":"\#(host.socket)""#, #""stateDirectory":"\#(host.stateFolder)""#]
        }
        return try await Program.run(
            [
                "env", "CNI_COMMAND=\(command)", "CNI_CONTAINERID=\(container)", "CNI_IFNAME=eth0",
                "CNI_NETNS=\(NetworkNamespace.directory)/\(container)", "CNI_PATH=/usr/lib/cni",
                "SWIFT_BACKTRACE=enable=no", type == "trama-cni" ? AttachmentBed.program() : "/usr/lib/cni/\(type)",
            ],
            in: host.host.namespace.duplicate(),
            input: "{" + members.joined(separator: ",") + "," + plugin.dropFirst()
        )
    }

    /// The first address of a result, without its length.
    static func address(in result: String) -> String? {
        guard let text = try? string("address", in: result) else { return nil }
        return text.split(separator: "/").first.map(String.init)
    }

    /// The first member of that name that is a string.
    private static func string(_ name: String, in text: some StringProtocol) throws -> String {
        let text = String(text)
        guard let end = text.ranges(of: "\"\(name)\"").first?.upperBound else {
            throw NetlinkError(operation: "find \(name) in \(text)", errno: EINVAL)
        }
        let parts = text[end...].split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count > 1 ? String(parts[1]) : ""
    }

    /// The objects of a list; no string in it has braces.
    private static func objects(in text: Substring) -> [String] {
        var objects: [String] = []
        var depth = 0
        var object = ""
        for character in text {
            if character == "{" { depth += 1 }
            if depth > 0 { object.append(character) }
            guard character == "}", depth > 0 else { continue }
            depth -= 1
            if depth == 0 {
                objects.append(object)
                object = ""
            }
        }
        return objects
    }

    private static let repository = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }
}
