import Glibc
import JSON
import KubernetesAPI
import Netlink
import Testing

/// The overlay's examples, as the README has people run them.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayExampleTests {
    private static func text(_ name: String) throws -> String {
        try TemporaryFolder.read(Fixture.repository("examples/\(name)"))
    }

    @Test(arguments: ["off", "require"])
    func `the overlay of two hosts works and leaves nothing behind`(encryption: String) async throws {
        let script = try ChildProcess(
            ["bash", Fixture.repository("examples/overlay.sh")],
            variables: ["TRAMA=\(TramaProgram.path())", "ENCRYPTION=\(encryption)"],
            in: .current()
        )
        #expect(try await script.end(within: .seconds(120)) == .exited(0), "\(script.text)")
        // Each pod reaches both addresses of the other.
        #expect(script.lines.count { $0.contains("20 received, 0% packet loss") } == 4, "\(script.text)")
        let path = try #require(script.lines.last { $0.contains("established") }, "\(script.text)")
        #expect(path.contains(encryption == "off" ? "unencrypted vxlan" : "encrypted   wireguard"), "\(script.text)")
        #expect(try Self.leftOver(by: script.processID).isEmpty)
    }

    @Test func `what a killed run has left is removed by the next one`() async throws {
        let killed = try ChildProcess(
            ["bash", Fixture.repository("examples/overlay.sh")],
            variables: ["TRAMA=\(TramaProgram.path())"],
            in: .current()
        )
        try await killed.line(with: "pod-1 on host-1 has", within: .seconds(60))
        killed.signal(SIGKILL)
        try await killed.end()
        #expect(try !Self.leftOver(by: killed.processID).isEmpty)
        let next = try ChildProcess(
            ["bash", Fixture.repository("examples/overlay.sh")],
            variables: ["TRAMA=\(TramaProgram.path())"],
            in: .current()
        )
        #expect(try await next.end(within: .seconds(120)) == .exited(0), "\(next.text)")
        #expect(try Self.leftOver(by: killed.processID).isEmpty)
    }

    /// What there is of a run: namespaces, the folder, sockets of `wireguard-go`.
    private static func leftOver(by process: pid_t) throws -> [String] {
        var left = try NamedNamespace.names().filter { $0.hasPrefix("trama-overlay-\(process)-") }
        let paths = ["/tmp/trama-overlay-\(process)"] + [1, 2].map { "/var/run/wireguard/tw\(process)-\($0).sock" }
        left += paths.filter { access($0, F_OK) == 0 }
        return left
    }

    // MARK: Kubernetes

    @Test func `the manifest of the DaemonSet is YAML of five objects`() throws {
        let text = try Self.text("overlay-daemonset.yaml")
        let manifest = ManifestReader(file: "overlay-daemonset.yaml").read(Array(text.utf8))
        #expect(manifest.errors.isEmpty)
        #expect(text.split(separator: "\n---\n").count == 5)
    }

    @Test func `the program understands what the DaemonSet starts it with`() async throws {
        let words = try Self.text("overlay-daemonset.yaml").split(separator: "\n").compactMap { line in
            line.drop { $0 == " " }.hasPrefix("- -") ? String(line.drop { $0 == " " }.dropFirst(2)) : nil
        }
        let arguments = words.filter { $0 != "-ec" }
        #expect(arguments.contains("--membership-provider=kubernetes"))
        let folder = try TemporaryFolder()
        let host = try await Host.make("node")
        let ownPlaces = [
            "--state-dir=\(folder.path("state"))", "--socket=\(folder.path("socket"))",
            "--wireguard-device=tw\(getpid())-x",
        ]
        let process = try TramaProgram.start(["overlay", "launch"] + arguments + ownPlaces, on: host)
        // There is no service account here: it ends with 1. With 64, it would not have understood.
        #expect(try await process.end() == .exited(1), "\(process.text)")
        #expect(process.text.contains("KUBERNETES_SERVICE_HOST"), "\(process.text)")
    }

    @Test func `the DaemonSet installs the example of a list of plug-ins`() throws {
        let list = try Self.text("10-trama.conflist")
        let indented = list.split(separator: "\n").map { "    \($0)\n" }.joined()
        #expect(try Self.text("overlay-daemonset.yaml").contains(indented))
    }

    @Test func `our plug-in takes its part of the list, and answers with the code for a daemon that is not there`()
        async throws
    {
        var reader = JSONReader(Array(try Self.text("10-trama.conflist").utf8))
        try reader.skipValue()
        try reader.finish()
        let folder = try TemporaryFolder()
        // What libcni makes of the list's first entry.
        let configuration = """
            {"cniVersion":"1.0.0","name":"trama","type":"trama-cni","capabilities":{"ips":true},\
            "runtimeConfig":{"ips":["10.32.0.7/32"]},"socket":"\(folder.path("socket"))",\
            "stateDirectory":"\(folder.path)"}
            """
        let host = try await Host.make("node")
        await #expect {
            try await Program.run(
                [
                    "env", "CNI_COMMAND=ADD", "CNI_CONTAINERID=c1", "CNI_IFNAME=eth0", "CNI_NETNS=/run/netns/none",
                    AttachmentBed.program(),
                ],
                in: host.namespace.duplicate(),
                input: configuration
            )
        } throws: { error in
            (error as? Program.Failure)?.output.contains(#""code":11"#) == true
        }
    }

    // MARK: systemd

    @Test func `the unit lets wireguard-go outlive the daemon`() throws {
        let lines = try Self.text("trama-overlay.service").split(separator: "\n")
        #expect(lines.contains("KillMode=process"))
        #expect(lines.contains { $0.hasPrefix("ExecStart=") && $0.contains("trama overlay launch") })
    }
}
