import Netlink

/// How long it takes until pods reach each other encrypted where UDP 6784 is blocked, and over VXLAN again where it is
/// not any more.
///
/// On several pairs of hosts, each once: a path that fails again soon after its return is held down for longer.
struct OverlayFallback {
    var program: String
    /// How many pairs.
    var pairs: Int

    func run() async throws {
        var pairs: [Pair] = []
        for number in 0..<self.pairs { pairs.append(try await Pair(program: program, number: number)) }
        for pair in pairs { try await pair.waitForPath("established") }
        var (away, back) = (Samples(), Samples())
        for (number, pair) in pairs.enumerated() {
            // Probes are sent each second: not all pairs begin at the same moment of it.
            try await Task.sleep(for: .milliseconds(370 * number % 1000))
            let start = ContinuousClock.now
            try pair.block()
            try await eventually("a ping by the other path", within: .seconds(60), every: .milliseconds(5)) {
                pair.pods[0].reaches(pair.address, within: "0.05")
            }
            away.append(.now - start)
        }
        for pair in pairs { try await pair.waitForPath("fallback") }
        let end = ContinuousClock.now
        for pair in pairs { try pair.unblock() }
        for pair in pairs {
            try await pair.waitForPath("established")
            back.append(.now - end)
        }
        Report.section("UDP 6784 is blocked between two hosts, on \(pairs.count) pairs, in milliseconds")
        Report.row("pods reach each other encrypted", away)
        Report.row("they do by VXLAN, after the block's end", back)
        Report.check("encrypted, at most", away.maximum / 1000, atMost: 5, unit: " s")
        Report.check("back, at most", back.maximum / 1000, atMost: 60, unit: " s")
    }

    /// Two hosts with a pod each.
    private struct Pair {
        let daemons: OverlayDaemons
        /// Of the second pod, IPv4.
        let address: String
        private let folder: TemporaryFolder

        init(program: String, number: Int) async throws {
            folder = try TemporaryFolder()
            daemons = try OverlayDaemons(
                OverlayHosts(count: 2),
                program: program,
                folder: folder,
                firstDevice: number * 2
            )
            _ = try await daemons.attachPod(0)
            address = try await daemons.attachPod(1)[0]
            try await pods[0].waitUntilReaching(address)
        }

        var pods: [Laboratory] { daemons.hosts.pods }

        /// Lets no VXLAN packets in, on either host.
        func block() throws {
            let chain = "type filter hook input priority -400; udp dport 6784 drop;"
            let rules = "table inet trama-bench { chain input { \(chain) }; }\n"
            for host in daemons.hosts.hosts {
                try Program.run(["nft", "-f", "-"], input: Array(rules.utf8), in: host.namespace)
            }
        }

        func unblock() throws {
            for host in daemons.hosts.hosts {
                try Program.run(["nft", "delete", "table", "inet", "trama-bench"], in: host.namespace)
            }
        }

        /// Waits until both hosts say this of their path to the other.
        func waitForPath(_ word: String) async throws {
            for index in 0..<2 {
                try await eventually("the path to be \(word)", within: .seconds(120)) {
                    try daemons.trama(index, ["overlay", "status", "peers"]).contains(word)
                }
            }
        }
    }
}
