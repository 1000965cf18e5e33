import SeededTesting
import Addressing
import OverlayCore
import Testing

@Suite struct ProbeFrameTests {
    private let frame = ProbeFrame(
        kind: .relayUse,
        sender: PeerID(high: 0x0102_0304_0506_0708, low: 0x090a_0b0c_0d0e_0f10),
        target: PeerID(high: 0x1112_1314_1516_1718, low: 0x191a_1b1c_1d1e_1f20),
        subject: PeerID(high: 0x2122_2324_2526_2728, low: 0x292a_2b2c_2d2e_2f30),
        cookie: 0x3132_3334_3536_3738,
        sequence: 0x3940_4142,
        timestamp: 0x4344_4546_4748_4950,
        way: .wireGuard,
        isAgreed: true,
        overVXLAN: .init(lastSequence: 1, count: 2),
        overWireGuard: .init(lastSequence: 3, count: 4),
        mtu: 1450,
        roundTripMicroseconds: 300
    )

    @Test func `the layout is what later versions must read`() {
        let expected: [UInt8] =
            [0x74, 0x72, 1, 5]  // "tr", version, relayUse
            + [0, 104, 0, 110]  // sizes of header and frame
            + Array(0x01...0x10)  // sender
            + Array(0x11...0x20)  // target
            + Array(0x31...0x38)  // cookie
            + [0x39, 0x40, 0x41, 0x42]  // sequence
            + [0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x50]  // timestamp
            + [2, 1, 0, 0]  // way, agreed, reserved
            + [0, 0, 0, 1, 0, 0, 0, 2]  // reception over VXLAN
            + [0, 0, 0, 3, 0, 0, 0, 4]  // reception over WireGuard
            + Array(0x21...0x30)  // subject
            + [0, 0, 0x05, 0xaa]  // MTU
            + [0, 0, 0x01, 0x2c]  // round trip
            + [0, 0, 0, 0, 0, 0]  // padding
        #expect(frame.encode(byteCount: 110) == expected)
    }

    @Test(arguments: [0, 104, 105, 1450, 65_535, 1_000_000]) func `what is encoded is decoded, at any size`(size: Int)
        throws
    {
        let bytes = frame.encode(byteCount: size)
        #expect(bytes.count == min(max(size, 104), 65_535))
        #expect(try ProbeFrame(decoding: bytes.span) == frame)
        // Ethernet pads short frames.
        #expect(try ProbeFrame(decoding: (bytes + [0, 0, 0]).span) == frame)
    }

    @Test func `a frame that was cut is refused`() {
        let bytes = frame.encode(byteCount: 1400)
        for count in [0, 1, 103, 104, 1399] {
            #expect(throws: ProbeFrameError.truncated(byteCount: count)) {
                try ProbeFrame(decoding: Array(bytes[..<count]).span)
            }
        }
    }

    @Test func `a later version with a longer header is read as far as it is known`() throws {
        var bytes = frame.encode(byteCount: 120)
        bytes[2] = 9
        bytes[5] = 112
        #expect(try ProbeFrame(decoding: bytes.span) == frame)
    }

    @Test func `other bytes are refused for what they are`() {
        func refusal(_ change: (inout [UInt8]) -> Void) -> ProbeFrameError? {
            var bytes = frame.encode()
            change(&bytes)
            do {
                _ = try ProbeFrame(decoding: bytes.span)
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal { $0[0] = 0 } == .notAProbe)
        #expect(refusal { $0[2] = 0 } == .unknownVersion(0))
        #expect(refusal { $0[3] = 77 } == .unknownKind(77))
        #expect(refusal { $0[5] = 3 } == .unknownVersion(1))
        #expect(refusal { $0[7] = 99 } == .truncated(byteCount: 104))
    }

    @Test func `random bytes never stop the program`() {
        var random = SeededGenerator()
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                let start = frame.encode()
                let kept = Int.random(in: 0...8, using: &random)
                bytes = Array(start[..<kept]) + bytes
            }
            _ = try? ProbeFrame(decoding: bytes.span)
        }
    }

    @Test func `a peer's WireGuard address is in the common prefix and follows from its identity`() {
        let id = PeerID(high: 1, low: 2)
        #expect(PeerID.wireGuardPrefix.description == "fd74:7261:6d61::/64")
        #expect(PeerID.wireGuardPrefix.contains(id.wireGuardAddress))
        #expect(id.wireGuardAddress == PeerID(high: 1, low: 2).wireGuardAddress)
        let addresses = Set((0..<10_000).map { PeerID(high: 0, low: $0).wireGuardAddress })
        #expect(addresses.count == 10_000)
    }
}
