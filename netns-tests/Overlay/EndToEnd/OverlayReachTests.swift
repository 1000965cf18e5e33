import Addressing
import Testing

/// Pods on different hosts, from the start of the daemons on.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayReachTests {
    @Test(arguments: IPFamily.allCases)
    func `pods of three hosts reach one another from the start, over an underlay of either family`(
        underlay: IPFamily
    ) async throws {
        let bed = try await OverlayTestBed(hosts: 3, underlay: underlay)
        try bed.start()
        // Attaching waits for the range to be divided; the first commands may come before the socket is there.
        var pods: [OverlayPod] = []
        for host in bed.hosts {
            try await host.waitUntilReady()
            pods.append(try await host.pod())
        }
        for pod in pods {
            for other in pods where other.addresses != pod.addresses {
                for isIPv6 in [false, true] {
                    try await pod.waitUntilReaching(other.address(isIPv6: isIPv6))
                }
            }
        }
        try await bed.waitForPaths("established", "unencrypted", "vxlan")
        for host in bed.hosts { #expect(try await host.summary("Repairs") == "none") }
    }

    @Test func `a pod that has just been attached is reached by the first packet`() async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        let first = try await bed[0].pod()
        try await bed.waitForPaths("established")
        for _ in 0..<3 {
            let second = try await bed[1].pod()
            for isIPv6 in [true, false] {
                let address = try second.address(isIPv6: isIPv6)
                #expect(await first.reaches(address, patience: "5"), "\(address)")
            }
        }
    }
}
