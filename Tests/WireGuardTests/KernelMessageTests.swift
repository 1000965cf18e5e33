import Addressing
import Netlink
import Testing

@testable import WireGuard

/// Requests as `wg` (wireguard-tools 1.0.20210914) sends them, captured by giving it the answer of a kernel that has
/// the family as number 0x1c.
@Suite struct KernelMessageTests {
    let family = GenericFamily(id: 0x1c, name: "wireguard", version: 1)

    @Test func `a device's own settings`() throws {
        let privateKey = try #require(
            WireGuardSecret(bytes: [0x40] + (1...30).map { UInt8($0) } + [0x41])
        )
        let change = DeviceChange(privateKey: privateKey, listenPort: 6783, firewallMark: 0x77)
        #expect(
            WireGuardMessages.set("trama.wg", change, of: family).bytes == [
                0x58, 0, 0, 0, 0x1c, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // family, NLM_F_REQUEST
                1, 1, 0, 0,  // WG_CMD_SET_DEVICE, version 1
                0x0d, 0, 2, 0, 0x74, 0x72, 0x61, 0x6d, 0x61, 0x2e, 0x77, 0x67, 0, 0, 0, 0,  // WGDEVICE_A_IFNAME
                0x24, 0, 3, 0,  // WGDEVICE_A_PRIVATE_KEY
                0x40, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 0x41,
                6, 0, 6, 0, 0x7f, 0x1a, 0, 0,  // WGDEVICE_A_LISTEN_PORT 6783
                8, 0, 7, 0, 0x77, 0, 0, 0,  // WGDEVICE_A_FWMARK
            ]
        )
    }

    /// `wg set trama.wg peer qqqq… preshared-key … endpoint 192.0.2.1:6783 persistent-keepalive 25 allowed-ips
    /// 10.32.4.0/24,fd00::/64`, which has `WGPEER_F_REPLACE_ALLOWEDIPS` besides; ours adds.
    @Test func `a peer with everything`() throws {
        let step = PeerStep(
            publicKey: try key(0xaa),
            presharedKey: .secret(try secret(1)),
            endpoint: WireGuardEndpoint("192.0.2.1:6783"),
            keepaliveSeconds: 25,
            prefixes: [try prefix("10.32.4.0/24"), try prefix("fd00::/64")]
        )
        #expect(
            WireGuardMessages.set("trama.wg", [step], of: family).bytes == [
                0xd8, 0, 0, 0, 0x1c, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // family, NLM_F_REQUEST
                1, 1, 0, 0,  // WG_CMD_SET_DEVICE, version 1
                0x0d, 0, 2, 0, 0x74, 0x72, 0x61, 0x6d, 0x61, 0x2e, 0x77, 0x67, 0, 0, 0, 0,  // WGDEVICE_A_IFNAME
                0xb4, 0, 8, 0x80,  // WGDEVICE_A_PEERS
                0xb0, 0, 0, 0x80,  // the peer
                0x24, 0, 1, 0,  // WGPEER_A_PUBLIC_KEY
            ] + [UInt8](repeating: 0xaa, count: 32) + [
                0x24, 0, 2, 0,  // WGPEER_A_PRESHARED_KEY
                1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
                17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
                0x14, 0, 4, 0,  // WGPEER_A_ENDPOINT: struct sockaddr_in
                2, 0, 0x1a, 0x7f, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0,
                6, 0, 5, 0, 25, 0, 0, 0,  // WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL
                0x48, 0, 9, 0x80,  // WGPEER_A_ALLOWEDIPS
                0x1c, 0, 0, 0x80,  // the first
                6, 0, 1, 0, 2, 0, 0, 0,  // WGALLOWEDIP_A_FAMILY AF_INET
                8, 0, 2, 0, 10, 32, 4, 0,  // WGALLOWEDIP_A_IPADDR
                5, 0, 3, 0, 24, 0, 0, 0,  // WGALLOWEDIP_A_CIDR_MASK
                0x28, 0, 0, 0x80,  // the second
                6, 0, 1, 0, 10, 0, 0, 0,  // AF_INET6
                0x14, 0, 2, 0, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                5, 0, 3, 0, 64, 0, 0, 0,
            ]
        )
    }

    @Test func `an IPv6 endpoint`() throws {
        let step = PeerStep(publicKey: try key(0xaa), endpoint: WireGuardEndpoint("[2001:db8::1]:6783"))
        let peer =
            [0x24, 0, 1, 0] + [UInt8](repeating: 0xaa, count: 32) + [
                0x20, 0, 4, 0,  // WGPEER_A_ENDPOINT: struct sockaddr_in6
                0x0a, 0, 0x1a, 0x7f, 0, 0, 0, 0,
                0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
                0, 0, 0, 0,
            ]
        #expect(WireGuardMessages.set("trama.wg", [step], of: family).bytes.suffix(peer.count) == peer[...])
    }

    @Test func `removing a peer`() throws {
        let step = PeerStep(publicKey: try key(0xbb), isRemoval: true)
        let peer =
            [0x34, 0, 8, 0x80, 0x30, 0, 0, 0x80, 0x24, 0, 1, 0] + [UInt8](repeating: 0xbb, count: 32) + [
                8, 0, 3, 0, 1, 0, 0, 0,  // WGPEER_A_FLAGS: WGPEER_F_REMOVE_ME
            ]
        #expect(WireGuardMessages.set("trama.wg", [step], of: family).bytes.suffix(peer.count) == peer[...])
    }

    @Test func `asking for a device`() {
        #expect(
            WireGuardMessages.get("trama.wg", of: family).bytes == [
                0x24, 0, 0, 0, 0x1c, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // family; the dump's flags come with sending
                0, 1, 0, 0,  // WG_CMD_GET_DEVICE, version 1
                0x0d, 0, 2, 0, 0x74, 0x72, 0x61, 0x6d, 0x61, 0x2e, 0x77, 0x67, 0, 0, 0, 0,
            ]
        )
    }

    /// Laid out as `include/uapi/linux/wireguard.h` says.
    @Test func `a device's answer`() throws {
        var message = MessageWriter()
        try message.message(family, command: 0, flags: .multipart) { message throws(any Error) in
            message.attribute(1, UInt32(7))  // WGDEVICE_A_IFINDEX
            message.attribute(2, string: "trama.wg")
            message.attribute(3, bytes: try secret(1).bytes)
            message.attribute(4, bytes: try key(9).bytes)  // WGDEVICE_A_PUBLIC_KEY
            message.attribute(6, UInt16(6783))
            message.attribute(7, UInt32(0x77))
            try message.nested(8) { message throws(any Error) in
                try message.nested(0) { message throws(any Error) in
                    message.attribute(1, bytes: try key(0xaa).bytes)
                    message.attribute(2, bytes: [UInt8](repeating: 0, count: 32))
                    message.attribute(6, bytes: [100, 0, 0, 0, 0, 0, 0, 0, 0, 0x65, 0xcd, 0x1d, 0, 0, 0, 0])  // 100.5 s
                    message.attribute(5, UInt16(0))
                    message.attribute(8, UInt64(1 << 40))
                    message.attribute(7, UInt64(3))
                    message.attribute(10, UInt32(1))  // WGPEER_A_PROTOCOL_VERSION
                    message.attribute(4, bytes: [10, 0, 0x1a, 0x7f] + [UInt8](repeating: 0, count: 24))
                }
            }
        }
        let status = try assemble([message.bytes], now: .seconds(110))
        #expect(status.privateKey == (try secret(1)))
        #expect(status.listenPort == 6783)
        #expect(status.firewallMark == 0x77)
        let peer = try #require(status.peers[try key(0xaa)])
        #expect(
            peer
                == WireGuardStatus.Peer(
                    peer: WireGuardPeer(
                        publicKey: try key(0xaa),
                        endpoint: WireGuardEndpoint(address: .v6(high: 0, low: 0), port: 6783)
                    ),
                    handshakeAge: .milliseconds(9500),
                    receivedByteCount: 3,
                    sentByteCount: 1 << 40
                )
        )
        #expect(peer.hasSession)
    }

    @Test func `the family's answer`() throws {
        var message = MessageWriter()
        message.message(type: 0x10, flags: []) { message in
            message.fixedHeader(UInt32(0x0201))  // CTRL_CMD_NEWFAMILY, version 2
            message.attribute(2, string: "wireguard")
            message.attribute(1, UInt16(0x1c))
            message.attribute(3, UInt32(1))
            message.attribute(4, UInt32(0))
        }
        let bytes = message.bytes
        let body = bytes.span.bytes.extracting(16..<bytes.count)
        #expect(try GenericFamily(body: body) == family)
    }
}
