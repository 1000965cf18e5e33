import Glibc
import Netlink
import Testing

/// Names of attached containers, told over the mesh and asked by the C library's resolver.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason), .timeLimit(.minutes(3)))
struct OverlayNameTests {
    /// The IPv4 addresses of a name, as a pod sees them.
    private static func addresses(_ name: String, in pod: OverlayPod, _ folder: TemporaryFolder) async throws
        -> [String]
    {
        let script = "mount --bind \"$0\" /etc/resolv.conf && exec getent ahostsv4 \"$1\""
        do {
            let text = try await pod.run("unshare", "--mount", "sh", "-c", script, folder.path("resolv.conf"), name)
            return Set(text.split(separator: "\n").compactMap { $0.split(separator: " ").first.map { String($0) } })
                .sorted()
        } catch let failure as Program.Failure where failure.status == 2 {
            return []
        }
    }

    @Test func `a container's name is known on every host while it is attached, also after a restart`() async throws {
        let bed = try await OverlayTestBed(hosts: 2)
        let arguments = ["--range", "10.32.0.0/16", "--dns-address", "0.0.0.0", "--dns-forward", "none"]
        try bed.start(arguments)
        for host in bed.hosts { try await host.waitUntilReady() }
        let server = try await bed[1].trama("expose").split(separator: "\n").first.map { String($0) } ?? ""
        let folder = try TemporaryFolder()
        try folder.write("resolv.conf", "nameserver \(server)\nsearch trama.local\noptions timeout:2 attempts:5\n")

        let asking = try await bed[1].pod()
        let web = try await NamedNamespace()
        let address = try await bed[0].trama("attach", web.name, "--name", "web").split(separator: "\n")[0]
        let second = try await NamedNamespace()
        let other = try await bed[1].trama("attach", second.name, "--name", "web").split(separator: "\n")[0]
        let both = [String(address), String(other)].sorted()
        try await eventually("both addresses of web", within: .seconds(30)) { () -> Bool in
            try await Self.addresses("web", in: asking, folder) == both
        }
        #expect(try await Self.addresses("web.trama.local", in: asking, folder) == both)
        #expect(try await Self.addresses("nobody", in: asking, folder).isEmpty)
        #expect(try await bed[0].refusal("attach", web.name, "--name", "other").contains("detach it first"))
        #expect(try await bed[0].refusal("attach", web.name, "--name", "a.b", status: 64).contains("must be 1 to 63"))

        // What a host said is known without it, and said again when it is back.
        _ = try await bed[0].end(by: SIGKILL)
        #expect(try await Self.addresses("web", in: asking, folder) == both)
        try bed[0].launch(arguments + ["--initial-peers", "2", bed[1].address])
        try await bed[0].waitUntilReady()
        #expect(try await Self.addresses("web", in: asking, folder) == both)
        try await bed[1].trama("detach", second.name)
        try await eventually("one address of web", within: .seconds(30)) { () -> Bool in
            try await Self.addresses("web", in: asking, folder) == [String(address)]
        }
        try await bed[0].trama("detach", web.name)
        try await eventually("no address of web", within: .seconds(30)) { () -> Bool in
            try await Self.addresses("web", in: asking, folder).isEmpty
        }
    }
}
