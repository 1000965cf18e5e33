import Glibc
import Netlink
import Testing

/// Who may join, and what is said to those who may not.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayTokenTests {
    /// A bed whose second host is told of the first; `second` is what it is given besides.
    private static func launch(_ second: [String]) async throws -> OverlayTestBed {
        let bed = try await OverlayTestBed()
        try bed[0].launch(["--ipam-seed", "host1"])
        try await bed[0].waitUntilReady()
        try bed[1].launch(second + [bed[0].address])
        return bed
    }

    @Test func `a token is printed, or written to a new file for its owner alone`() async throws {
        let host = try await Host.make("host")
        let folder = try TemporaryFolder()
        let (ending, text) = try await TramaProgram.run("overlay", "token", on: host)
        #expect(ending == .exited(0))
        #expect(text.hasPrefix("trama-") && text.hasSuffix("\n") && text.utf8.count == 65)
        let path = folder.path("token")
        #expect(try await TramaProgram.run("overlay", "token", "--file", path, on: host).ending == .exited(0))
        var status = stat()
        stat(path, &status)
        #expect(status.st_mode & 0o777 == 0o600)
        let token = try folder.read("token")
        #expect(token != text)
        let (again, refusal) = try await TramaProgram.run("overlay", "token", "--file", path, on: host)
        #expect(again == .exited(1))
        #expect(refusal.contains(path) && refusal.contains("exists"), "\(refusal)")
        #expect(try folder.read("token") == token)
    }

    @Test func `a token that is none, or that others can read, ends the daemon with the reason`() async throws {
        let bed = try await OverlayTestBed(hosts: 1)
        let folder = try TemporaryFolder()
        let good = try TemporaryFolder.read(bed[0].token.path)
        for (text, reason) in [
            ("trama-short\n", "has 5 characters"), ("\n", "does not begin with"),
            ("trama-" + (good.dropFirst(6).hasPrefix("a") ? "b" : "a") + good.dropFirst(7), "typing error"),
        ] {
            try folder.write("token", text)
            chmod(folder.path("token"), 0o600)
            let said = try await bed[0].failedLaunch("--token-file", folder.path("token"))
            #expect(said.contains(folder.path("token")) && said.contains(reason), "\(said)")
            #expect(!said.contains(good.dropFirst(6).prefix(20)))
        }
        try folder.write("token", good)
        chmod(folder.path("token"), 0o644)
        let open = try await bed[0].failedLaunch("--token-file", folder.path("token"))
        #expect(open.contains("chmod 600"), "\(open)")
        let missing = try await bed[0].failedLaunch("--token-file", folder.path("nothing"))
        #expect(missing.contains(folder.path("nothing")) && missing.contains("No such file"), "\(missing)")
    }

    @Test func `with another token both sides say so, and nobody joins`() async throws {
        let folder = try TemporaryFolder()
        let bed = try await OverlayTestBed()
        _ = try await TramaProgram.run("overlay", "token", "--file", folder.path("other"), on: bed.lab.router)
        try bed[0].launch(["--ipam-seed", "host1"])
        try await bed[0].waitUntilReady()
        try bed[1].launch(["--token-file", folder.path("other"), bed[0].address])
        try await bed[0].daemon.line(with: "No connection with a peer", "10.0.2.2", "token differs")
        try await bed[1].daemon.line(with: "No connection with a peer", "10.0.1.2", "token differs")
        try await bed[1].waitForStatus("targets", has: bed[0].address, "failed", "token differs")
        #expect(try await bed[0].status().contains("Peers: 1\n"))
    }

    @Test func `a peer of another cluster is refused, and both names are told`() async throws {
        let bed = try await Self.launch(["--cluster", "other"])
        try await bed[1].daemon.line(with: "No connection with a peer", "other", "trama")
        try await bed[0].daemon.line(with: "No connection with a peer", "other", "trama")
        try await bed[1].waitForStatus("targets", has: "failed", "cluster")
        #expect(try await bed[0].status().contains("Peers: 1\n"))
    }

    @Test func `a peer with other ranges is refused, and the ranges are told`() async throws {
        let bed = try await Self.launch(["--range", "10.64.0.0/12"])
        try await bed[1].daemon.line(with: "No connection with a peer", "10.64.0.0/12", "10.32.0.0/12")
        try await bed[1].waitForStatus("targets", has: "failed", "10.32.0.0/12")
        #expect(try await bed[0].status().contains("Peers: 1\n"))
    }
}
