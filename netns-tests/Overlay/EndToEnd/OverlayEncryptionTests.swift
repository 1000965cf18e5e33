import Glibc
import Netlink
import Testing

/// `--encryption require`: nothing of what pods say is seen between the hosts, whatever happens.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayEncryptionTests {
    /// What pods say, in hexadecimal and as it is looked for.
    private static let (pattern, text) = ("5472616d6153656372657453", "TramaSecretS")

    @Test(arguments: ["require", "off"])
    func `what pods say is seen between hosts only where encryption is not required`(policy: String) async throws {
        let bed = try await OverlayTestBed()
        let capture = try OverlayCapture(on: bed.lab.router)
        try await capture.waitUntilReady()
        try await bed.launch("--encryption", policy)
        let pods = try await bed.pods()
        // From before anything gets through.
        let pings = try [
            pods[0].ping(pods[1].address(), pattern: Self.pattern),
            pods[1].ping(pods[0].address(isIPv6: true), pattern: Self.pattern),
        ]
        func flows() async throws {
            for isIPv6 in [false, true] {
                try await pods[0].waitUntilReaching(pods[1].address(isIPv6: isIPv6))
            }
        }
        try await flows()
        try await bed.waitForPaths("established", policy == "require" ? "wireguard" : "vxlan")
        let tunnel = try #require(WireGuardHost.processID(of: bed[0].wireGuardDevice))
        kill(tunnel, SIGKILL)
        try await eventually("another wireguard-go") {
            WireGuardHost.processID(of: bed[0].wireGuardDevice).map { $0 != tunnel } ?? false
        }
        try await flows()
        try await bed[0].end(by: SIGKILL)
        try await flows()
        try bed[0].launch(["--encryption", policy, "--initial-peers", "2", bed[0].address])
        try await bed[0].waitUntilReady()
        // Both at once: the device has no daemon to make it anew.
        try await bed[1].end(by: SIGKILL)
        WireGuardHost.processID(of: bed[1].wireGuardDevice).map { _ = kill($0, SIGKILL) }
        try await Task.sleep(for: .seconds(1))
        try bed[1].launch(["--encryption", policy, "--initial-peers", "2", bed[0].address])
        try await bed[1].waitUntilReady()
        try await flows()
        for ping in pings { #expect(try await ping.stop().sent > 20) }
        let seen = try await capture.stop()
        #expect(seen.packets > 100)
        #expect(seen.contains(Self.text) == (policy == "off"))
    }
}

/// Everything that goes through a host, as `tcpdump` sees it.
struct OverlayCapture {
    private let folder: TemporaryFolder
    private let process: ChildProcess

    init(on host: Host) throws {
        folder = try TemporaryFolder()
        process = try ChildProcess(
            ["tcpdump", "-i", "any", "-n", "-U", "-s", "0", "-w", folder.path("capture"), "-Z", "root"],
            in: host.namespace
        )
    }

    func waitUntilReady() async throws { try await process.line(with: "listening on") }

    /// Ends it.
    func stop() async throws -> Outcome {
        process.signal(SIGINT)
        try await process.end()
        guard let line = process.lines(with: ["packets captured"]).first,
            let packets = line.split(separator: " ").first.flatMap({ Int($0) })
        else { throw NetlinkError(operation: "read \(process.text)", errno: EINVAL) }
        // Bytes that are no UTF-8 are replaced; what is looked for is ASCII.
        return Outcome(packets: packets, text: try folder.read("capture"))
    }

    struct Outcome {
        let packets: Int
        fileprivate let text: String

        /// Whether those letters are in one of the packets.
        func contains(_ text: String) -> Bool {
            let (bytes, wanted) = (Array(self.text.utf8), Array(text.utf8))
            var start = 0
            while let index = bytes[start...].firstIndex(of: wanted[0]) {
                if bytes[index...].starts(with: wanted) { return true }
                start = index + 1
            }
            return false
        }
    }
}
