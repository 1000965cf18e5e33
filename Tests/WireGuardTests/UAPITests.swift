import Addressing
import Testing

@testable import WireGuard

@Suite struct UAPITests {
    /// What wireguard-go 0.0.20220316 answered after `wg set wgcapx listen-port 6783 private-key … fwmark 0x77 peer
    /// qqqq… preshared-key … endpoint [2001:db8::1]:6783 allowed-ips 10.32.4.0/24,fd00::/64 persistent-keepalive 25
    /// peer u7u7… allowed-ips 10.32.5.0/24`; the times and counts are made up.
    static let captured = """
        private_key=400102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e41
        listen_port=6783
        fwmark=119
        public_key=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        preshared_key=0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20
        protocol_version=1
        endpoint=[2001:db8::1]:6783
        last_handshake_time_sec=100
        last_handshake_time_nsec=500000000
        tx_bytes=7
        rx_bytes=8
        persistent_keepalive_interval=25
        allowed_ip=10.32.4.0/24
        allowed_ip=fd00::/64
        public_key=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        preshared_key=0000000000000000000000000000000000000000000000000000000000000000
        protocol_version=1
        last_handshake_time_sec=0
        last_handshake_time_nsec=0
        tx_bytes=0
        rx_bytes=0
        persistent_keepalive_interval=0
        allowed_ip=10.32.5.0/24
        errno=0


        """

    @Test func `an answer is read`() throws {
        let status = try UAPI.status(Array(Self.captured.utf8), now: .seconds(110))
        let first = WireGuardPeer(
            publicKey: try key(0xaa),
            presharedKey: try secret(1),
            endpoint: WireGuardEndpoint("[2001:db8::1]:6783"),
            keepalive: .seconds(25),
            allowedPrefixes: try prefixes("10.32.4.0/24", "fd00::/64")
        )
        let second = WireGuardPeer(publicKey: try key(0xbb), allowedPrefixes: try prefixes("10.32.5.0/24"))
        let expected = WireGuardStatus(
            privateKey: WireGuardSecret(bytes: [0x40] + (1...30).map { UInt8($0) } + [0x41]),
            listenPort: 6783,
            firewallMark: 119,
            peers: [
                first.publicKey: .init(
                    peer: first,
                    handshakeAge: .milliseconds(9500),
                    receivedByteCount: 8,
                    sentByteCount: 7
                ),
                second.publicKey: .init(peer: second),
            ]
        )
        #expect(status == expected)
        #expect(try UAPI.errorNumber(of: Array(Self.captured.utf8)) == 0)
    }

    @Test func `the answer of a new device has no peers`() throws {
        #expect(try UAPI.status(Array("errno=0\n\n".utf8), now: .zero) == WireGuardStatus())
    }

    @Test func `keys of newer programs are skipped`() throws {
        let text =
            "listen_port=1\nflavour=new\npublic_key=\(String(repeating: "aa", count: 32))\nmood=good\nerrno=0\n\n"
        let status = try UAPI.status(Array(text.utf8), now: .zero)
        #expect(status.listenPort == 1)
        #expect(status.peers.count == 1)
    }

    @Test(arguments: [
        "public_key=xyz", "nonsense", "public_key=\(String(repeating: "aa", count: 32))\nallowed_ip=1.2.3.4",
        "listen_port=65536", "listen_port=", "fwmark=-1", "private_key=00",
        "public_key=\(String(repeating: "aa", count: 32))\nrx_bytes=99999999999999999999999",
    ])
    func `a bad line is an error`(text: String) {
        #expect(throws: UAPI.AnswerError.self) { try UAPI.status(Array((text + "\nerrno=0\n\n").utf8), now: .zero) }
    }

    @Test func `an error does not quote a secret`() {
        let line = "private_key=00112233"
        #expect(throws: UAPI.AnswerError.badLine("private_key")) {
            try UAPI.status(Array((line + "\nerrno=0\n\n").utf8), now: .zero)
        }
    }

    @Test func `an error number is positive`() throws {
        #expect(try UAPI.errorNumber(of: Array("errno=-98\n\n".utf8)) == 98)
        #expect(try UAPI.errorNumber(of: Array("errno=-2147483648\n\n".utf8)) == .max)
        #expect(throws: UAPI.AnswerError.noErrorNumber) { try UAPI.errorNumber(of: Array("listen_port=1\n\n".utf8)) }
        #expect(throws: UAPI.AnswerError.self) { try UAPI.errorNumber(of: Array("errno=99999999999\n\n".utf8)) }
    }

    @Test func `a device's own settings are written`() throws {
        let change = DeviceChange(privateKey: try secret(0), listenPort: 6783, firewallMark: 0)
        #expect(
            UAPI.set(change) == """
                set=1
                private_key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
                listen_port=6783
                fwmark=0


                """
        )
    }

    @Test func `peers are written, in order`() throws {
        let steps = [
            PeerStep(
                publicKey: try key(0xaa),
                presharedKey: .some(.none),
                endpoint: WireGuardEndpoint("192.0.2.1:6783"),
                keepaliveSeconds: 0,
                prefixes: [try prefix("10.32.4.0/24"), try prefix("fd00::/64")]
            ),
            PeerStep(publicKey: try key(0xbb), isRemoval: true),
        ]
        #expect(
            UAPI.set(steps) == """
                set=1
                public_key=\(String(repeating: "aa", count: 32))
                preshared_key=\(String(repeating: "00", count: 32))
                endpoint=192.0.2.1:6783
                persistent_keepalive_interval=0
                allowed_ip=10.32.4.0/24
                allowed_ip=fd00::/64
                public_key=\(String(repeating: "bb", count: 32))
                remove=true


                """
        )
    }

    @Test(arguments: [
        "192.0.2.1:6783", "[2001:db8::1]:6783", "0.0.0.0:0", "[::]:65535",
    ])
    func `an endpoint's text is read and written`(text: String) throws {
        #expect(WireGuardEndpoint(text)?.description == text)
    }

    @Test(arguments: [
        "", ":", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "2001:db8::1:6783", "[2001:db8::1]", "[192.0.2.1]:1",
        "[fe80::1%eth0]:1", "[]:1", "example.org:1", "1.2.3.4:-1",
    ])
    func `other texts are no endpoints`(text: String) {
        #expect(WireGuardEndpoint(text) == nil)
    }

    @Test func `a bound port is seen in the kernel's table`() {
        // Captured from /proc/net/udp and /proc/net/udp6 of Linux 6.18.
        let table = """
               sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
            11643: 00000000:1A7F 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4969601 2
            11644: 00000000000000000000000000000000:1A80 00000000000000000000000000000000:0000 07 00000000:00000000
            """
        #expect(UDPPort.contains(6783, Array(table.utf8)))
        #expect(UDPPort.contains(6784, Array(table.utf8)))
        #expect(!UDPPort.contains(6785, Array(table.utf8)))
        #expect(!UDPPort.contains(0, Array("junk\n: :\n::: 1 2 3\n".utf8)))
    }
}
