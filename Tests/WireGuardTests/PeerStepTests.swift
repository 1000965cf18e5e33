import Addressing
import Netlink
import SeededTesting
import Testing

@testable import WireGuard

@Suite struct PeerStepTests {
    @Test func `a removed prefix goes by way of a peer that nobody has`() throws {
        let gone = try prefix("10.32.4.0/24")
        let steps = PeerStep.steps(for: [.set(.init(try key(1), removed: [gone]))])
        let nobody = try #require(PeerStep.nobody)
        #expect(
            steps == [PeerStep(publicKey: nobody, prefixes: [gone]), PeerStep(publicKey: nobody, isRemoval: true)]
        )
    }

    @Test func `a prefix that another peer gets is not removed, whatever the order`() throws {
        let moved = try prefix("10.32.4.0/24")
        let get = WireGuardPeerChange.set(.init(try key(1), added: [moved]))
        let lose = WireGuardPeerChange.set(.init(try key(2), removed: [moved]))
        let step = PeerStep(publicKey: try key(1), prefixes: [moved])
        #expect(PeerStep.steps(for: [get, lose]) == [step])
        #expect(PeerStep.steps(for: [lose, get]) == [step])
    }

    @Test func `an update of nothing makes the peer`() throws {
        #expect(PeerStep.steps(for: [.set(.init(try key(1)))]) == [PeerStep(publicKey: try key(1))])
    }

    @Test func `a batch holds no more than its limit, and no prefix is lost in between`() throws {
        let many = (0..<10_000).map { IPPrefix(.v4(0x0a00_0000 + UInt32($0) << 8), length: 24) }.compactMap { $0 }
        let endpoint = try #require(WireGuardEndpoint("192.0.2.1:1"))
        let family = GenericFamily(id: 0x1c, name: "wireguard", version: 1)
        let steps = [
            PeerStep(publicKey: try key(1), endpoint: endpoint, prefixes: many[..<9000]),
            PeerStep(publicKey: try key(2), prefixes: many[9000..<9001]),
            PeerStep(publicKey: try key(3), isRemoval: true),
            PeerStep(publicKey: try key(4), presharedKey: .secret(try secret(1)), prefixes: many[9001...]),
        ]
        let batches = WireGuardMessages.batches(of: steps)
        for batch in batches {
            #expect(WireGuardMessages.set("trama.wg", batch, of: family).byteCount <= 16 << 10)
        }
        let all = batches.flatMap { $0 }
        #expect(all.flatMap(\.prefixes) == many)
        #expect(all.filter { $0.endpoint != nil }.count == 1)
        #expect(all.filter { $0.presharedKey != nil }.count == 1)
        #expect(all.filter(\.isRemoval).map(\.publicKey) == [try key(3)])
        for batch in UAPI.batches(of: steps) {
            #expect(UAPI.set(batch).utf8.count <= 64 << 10)
        }
    }

    @Test func `one bad peer does not keep the others out`() throws {
        let steps = [1, 2, 3].compactMap { try? key($0) }.map { PeerStep(publicKey: $0) }
        let bad = try key(2)
        var made: [WireGuardKey] = []
        let error = #expect(throws: WireGuardError.self) {
            try PeerStep.make([steps], device: "wg0") { steps throws(WireGuardError) in
                for step in steps {
                    if step.publicKey == bad { throw WireGuardError(.refused(errno: 22), "set", "no") }
                    made.append(step.publicKey)
                }
            }
        }
        #expect(Set(made) == [try key(1), try key(3)])
        #expect(error?.operation == "set peer \(bad) of wg0")
    }

    @Test func `a device that is gone is not asked again`() throws {
        var count = 0
        #expect(throws: WireGuardError.self) {
            try PeerStep.make([[PeerStep(publicKey: try key(1))], []], device: "wg0") { _ throws(WireGuardError) in
                count += 1
                throw WireGuardError(.gone, "set", "gone")
            }
        }
        #expect(count == 1)
    }

    @Test func `what a request sets is what an answer of the same layout says`() throws {
        var random = SeededGenerator()
        let family = GenericFamily(id: 0x1c, name: "wireguard", version: 1)
        for _ in 0..<20 {
            var device = SimulatedDevice()
            var steps: [PeerStep] = []
            for byte in 1...UInt8.random(in: 1...40, using: &random) {
                let start = UInt32(byte) << 20
                let count = Int.random(in: 0...600, using: &random)
                let prefixes = (0..<count).compactMap { IPPrefix(.v4(start + UInt32($0)), length: 32) }
                let endpoint: WireGuardEndpoint? =
                    Bool.random(using: &random)
                    ? WireGuardEndpoint(address: .v6(high: random.next(), low: random.next()), port: 7) : nil
                steps.append(
                    PeerStep(
                        publicKey: try key(byte),
                        presharedKey: Bool.random(using: &random) ? .secret(try secret(byte)) : nil,
                        endpoint: endpoint,
                        keepaliveSeconds: UInt16.random(in: 0...3, using: &random),
                        prefixes: prefixes[...]
                    )
                )
            }
            device.make(steps)
            let messages = WireGuardMessages.batches(of: steps).map {
                WireGuardMessages.set("wg0", $0, of: family).bytes
            }
            #expect(try assemble(messages) == device.status)
        }
    }

    @Test func `a damaged answer of the kernel is an error or another status, never a trap`() throws {
        var random = SeededGenerator()
        let family = GenericFamily(id: 0x1c, name: "wireguard", version: 1)
        let step = PeerStep(
            publicKey: try key(1),
            presharedKey: .secret(try secret(1)),
            endpoint: WireGuardEndpoint("192.0.2.1:6783"),
            keepaliveSeconds: 25,
            prefixes: [try prefix("10.32.4.0/24"), try prefix("fd00::/64")]
        )
        let sound = WireGuardMessages.set("wg0", [step], of: family).bytes
        for _ in 0..<5000 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 16..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? assemble([bytes])
        }
    }
}
