import Addressing
import Netlink
import Testing

/// Frames that do not come from a peer.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayStrangerTests {
    @Test func `frames of a stranger reach no pod, and are counted`() async throws {
        let bed = try await OverlayTestBed(hosts: 3)
        for host in bed.hosts.prefix(2) { try host.launch(["--initial-peers", "2", bed[0].address]) }
        for host in bed.hosts.prefix(2) { try await host.waitUntilReady() }
        let (first, second) = (try await bed[0].pod(), try await bed[1].pod())
        try await first.waitUntilReaching(second.address())
        let ear = try first.start("socat", "-u", "UDP-RECV:9999", "STDOUT")
        try await eventually("socat to listen") { try await first.run("ss", "-uln").contains(":9999") }
        let link = try #require(try await bed[0].host.network.link(named: "trama.vxlan"))
        let target = try #require(try IPAddress(first.address()))
        let source = try #require(try IPAddress(second.address()))
        func send(_ text: String, from host: OverlayHost) throws {
            let frame = Self.frame(text, to: link.address?.bytes ?? [], from: source, to: target)
            let socket = try TestSocket(.udp, .ipv4, in: host.host.namespace)
            let endpoint = try #require(IPAddress(bed[0].address))
            for _ in 0..<10 { try socket.send(frame, to: SocketAddress(endpoint, 6784)) }
        }
        func count() async throws -> Int {
            // 10 packets dropped
            try await bed[0].summary("Strangers")?.split(separator: " ").first.flatMap { Int($0) } ?? 0
        }
        // Probes of a peer that was not known yet count too.
        try await bed[1].waitForPath(to: bed[0], ["established"])
        let before = try await count()
        try send("stranger", from: bed[2])
        // The same frame of a peer gets there: nothing else is wrong with it.
        try await eventually("a frame of a peer") {
            try send("peer", from: bed[1])
            try await Task.sleep(for: .milliseconds(100))
            return ear.text.contains("peer")
        }
        #expect(!ear.text.contains("stranger"))
        try await eventually("the count") { try await count() >= before + 10 }
        ear.signal(15)
    }

    /// A VXLAN frame of the pod network with a UDP packet in it.
    private static func frame(
        _ text: String,
        to link: [UInt8],
        from source: IPAddress,
        to target: IPAddress
    ) -> [UInt8] {
        func bytes(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 0xff), UInt8(value & 0xff)] }
        let vxlan: [UInt8] = [8, 0, 0, 0, 0, 0x1a, 0x80, 0]
        let ethernet = link + [2, 0, 0, 0, 0, 9, 8, 0]
        let payload = Array(text.utf8)
        // No UDP checksum, which IPv4 allows.
        let udp = bytes(9998) + bytes(9999) + bytes(8 + payload.count) + [0, 0] + payload
        var header: [UInt8] = [0x45, 0] + bytes(20 + udp.count) + [0, 0, 0, 0, 64, 17, 0, 0]
        header += source.networkBytes + target.networkBytes
        var sum = stride(from: 0, to: 20, by: 2).reduce(0) { $0 + Int(header[$1]) << 8 + Int(header[$1 + 1]) }
        while sum > 0xffff { sum = sum >> 16 + sum & 0xffff }
        header.replaceSubrange(10..<12, with: bytes(~sum & 0xffff))
        return vxlan + ethernet + header + udp
    }
}
