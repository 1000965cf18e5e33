import Glibc
import Netlink
import SeededTesting
import Testing

@Suite struct MutationTests {
    /// Every kind of message that is decoded, as it is when sound.
    static func samples() throws -> [[UInt8]] {
        var samples = [KernelMessageTests.flow]
        for link in RoundTripTests.links {
            samples.append(encoded { $0.message(type: 16, flags: []) { link.encode(into: &$0) } })
        }
        for address in RoundTripTests.addresses {
            samples.append(encoded { $0.message(type: 20, flags: []) { address.encode(into: &$0) } })
        }
        for route in try RoundTripTests.routes() {
            samples.append(encoded { $0.message(type: 24, flags: []) { route.encode(into: &$0) } })
        }
        for neighbour in RoundTripTests.neighbours {
            samples.append(encoded { $0.message(type: 28, flags: []) { neighbour.encode(into: &$0) } })
        }
        for entry in RoundTripTests.entries {
            samples.append(encoded { $0.message(type: 28, flags: []) { entry.encode(into: &$0) } })
        }
        return samples
    }

    /// Gives the message to every decoder, whatever its type says.
    static func decodeAsEverything(_ datagram: [UInt8]) {
        _ = try? decode(datagram) { header, body throws(MessageError) in
            _ = try? Acknowledgement(header: header, body: body)
            _ = try? RouteChange(header: header, body: body)
            _ = try? Link(body: body)
            _ = try? InterfaceAddress(body: body)
            _ = try? Route(body: body)
            _ = try? Neighbour(body: body)
            _ = try? FDBEntry(body: body)
            _ = try? Flow(body: body)
        }
    }

    @Test func `damaged messages are decoded or refused, and never trap`() throws {
        var generator = SeededGenerator()
        print(generator)
        let samples = try Self.samples()
        for _ in 0..<20_000 {
            var bytes = samples[Int.random(in: 0..<samples.count, using: &generator)]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                // The message's own length stays, so that its body is reached.
                let position = Int.random(in: 4..<bytes.count, using: &generator)
                let interesting: [UInt8] = [
                    0, 1, 3, 4, 5, 8, 0x7f, 0x80, 0xff, .random(in: 0...255, using: &generator),
                ]
                bytes[position] = interesting[Int.random(in: 0..<interesting.count, using: &generator)]
            }
            Self.decodeAsEverything(bytes)
        }
    }

    @Test func `messages cut anywhere are decoded or refused, and never trap`() throws {
        for sample in try Self.samples() {
            for length in 16..<sample.count {
                var bytes = Array(sample[..<length])
                bytes[0] = UInt8(length & 0xff)
                bytes[1] = UInt8(length >> 8)
                Self.decodeAsEverything(bytes)
            }
        }
    }
}
