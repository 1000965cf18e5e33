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
        #expect(try await blocks(of: host) == 2)
        let last = try #require(pods.last)
        let others = pods.dropLast()
        // The daemon knows the block of the last pod after its end, whatever it has forgotten.
        try await host.end(by: SIGKILL)
        try host.launch(arguments + ["--initial-peers", "1"])
        try await host.waitUntilReady()
        #expect(try await blocks(of: host) == 2)
        try await host.trama("detach", last.namespace.name)
        // Its address rests for a minute.
        try await eventually("the block to be given back", within: .seconds(120)) {
            try await self.blocks(of: host) == 1
        }
        for pod in others { #expect(try await host.host.reaches(pod.address())) }
        // Whoever comes next gets a block again.
        let next = try await host.pod()
        #expect(try await host.host.reaches(next.address()))
        #expect(try await blocks(of: host) == 2)
    }

    /// How many blocks the host gives addresses of.
    private func blocks(of host: OverlayHost) async throws -> Int {
        try await host.summary("Prefixes")?.occurrences(of: "/29") ?? 0
    }
}
