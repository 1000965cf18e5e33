import Netlink

/// How long it takes from `launch` on three hosts that have nothing until pods reach each other.
struct OverlayStart {
    var program: String
    var rounds: Int

    private static let hostCount = 3

    func run() async throws {
        var (first, all) = (Samples(), Samples())
        for _ in 0..<rounds {
            let hosts = try OverlayHosts(count: Self.hostCount)
            let folder = try TemporaryFolder()
            _ = try folder.token(program)
            let start = ContinuousClock.now
            let daemons = try OverlayDaemons(hosts, program: program, folder: folder)
            var addresses: [[String]] = []
            for index in 0..<Self.hostCount { addresses.append(try await daemons.attachPod(index)) }
            try await hosts.pods[0].waitUntilReaching(addresses[Self.hostCount - 1][0])
            first.append(.now - start)
            for (index, pod) in hosts.pods.enumerated() {
                for other in addresses.indices where other != index {
                    for address in addresses[other] { try await pod.waitUntilReaching(address) }
                }
            }
            all.append(.now - start)
        }
        Report.section("\(Self.hostCount) hosts from nothing, \(rounds) times, in milliseconds")
        Report.row("first ping from pod to pod", first)
        Report.row("every pod has reached every other, IPv4 and IPv6", all)
        Report.check("first ping, median", first.median / 1000, atMost: 2, unit: " s")
        Report.check("every pod every other, median", all.median / 1000, atMost: 2, unit: " s")
    }
}
