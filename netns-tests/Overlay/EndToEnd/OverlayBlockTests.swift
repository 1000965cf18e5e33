import Glibc
import Testing

/// Blocks of addresses that a host does not need any more.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayBlockTests {
    @Test func `a block that was needed for a while is given back, and its pods' addresses go on being theirs`()
        async throws
    {
        let bed = try await OverlayTestBed(hosts: 1)
        // Blocks of six addresses.
        let arguments = ["--range", "10.32.0.0/24", "--block-length", "29", "--idle-block-time", "4"]
        let host = bed[0]
        try host.launch(arguments + ["--initial-peers", "1"])
        try await host.waitUntilReady()
        var pods: [OverlayPod] = []
        for _ in 0..<7 { pods.append(try await host.pod()) }
        try await waitForBlocks(2, of: host)
        let last = try #require(pods.last)
        let others = pods.dropLast()
        // The daemon knows the block of the last pod after its end, whatever it has forgotten.
        try await host.end(by: SIGKILL)
        try host.launch(arguments + ["--initial-peers", "1"])
        try await host.waitUntilReady()
        try await waitForBlocks(2, of: host)
        try await host.trama("detach", last.namespace.name)
        // Its address rests for a minute.
        try await waitForBlocks(1, of: host)
        for pod in others { #expect(try await host.host.reaches(pod.address())) }
        // Whoever comes next gets a block again.
        let next = try await host.pod()
        #expect(try await host.host.reaches(next.address()))
        try await waitForBlocks(2, of: host)
    }

    /// Waits until the host gives addresses of so many blocks.
    private func waitForBlocks(_ count: Int, of host: OverlayHost) async throws {
        try await eventually("\(count) blocks", within: .seconds(180)) {
            if try await host.summary("Prefixes")?.occurrences(of: "/29") ?? 0 == count { return true }
            try await Task.sleep(for: .milliseconds(200))
            return false
        }
    }
}
