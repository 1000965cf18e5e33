import Addressing
import ClusterDNS
import SeededTesting
import Testing

@Suite("Messages of the DNS that anybody may send")
struct DNSMessageFuzzTests {
    /// A message with names that share ends, of all types.
    private func message(_ generator: inout SeededGenerator) -> DNSMessage {
        let names = [
            "web.default.svc.cluster.local", "default.svc.cluster.local", "a.b", "x.web.default.svc.cluster.local",
        ]
        .compactMap { DNSName($0) }
        func name() -> DNSName { names.randomElement(using: &generator) ?? .root }
        func records() -> [DNSMessage.Record] {
            (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                let data: RecordData =
                    switch Int.random(in: 0..<6, using: &generator) {
                    case 0: .address(.v4(.random(in: .min ... .max, using: &generator)))
                    case 1: .pointer(name())
                    case 2: .service(ServiceLocation(weight: 1, port: 2, target: name()))
                    case 3: .text([[1, 2], []])
                    case 4: .mail(preference: 1, host: name())
                    default: .other(RecordType(rawValue: 99), [1, 2, 3])
                    }
                return DNSMessage.Record(name(), data, timeToLive: .random(in: .min ... .max, using: &generator))
            }
        }
        var message = DNSMessage(id: 1, questions: [DNSMessage.Question(name(), .a)])
        message.answers = records()
        message.authorities = records()
        message.additionals = records()
        if Bool.random(using: &generator) {
            message.extensions = DNSMessage.Extensions(payloadSize: 4_096)
            message.extensions?.options = [.init(code: 3, bytes: [1, 2, 3])]
        }
        return message
    }

    @Test("No bytes are fatal, and what is read comes back when it is written")
    func damage() throws {
        var generator = SeededGenerator()
        for _ in 0..<4_000 {
            var bytes = message(&generator).encoded()
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = .random(in: .min ... .max, using: &generator)
                case 1: bytes[place] = 0xc0
                case 2: bytes.removeSubrange(place..<min(place + 3, bytes.count))
                default: bytes.insert(.random(in: 0...64, using: &generator), at: place)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            guard let read = try? DNSMessage(bytes) else { continue }
            let written = read.encoded()
            if written.count < Int(UInt16.max), read.additionals.count < 1_000 {
                #expect(try DNSMessage(written) == read, "\(generator)")
            }
            #expect(read.encoded(limit: 512).count <= max(512, written.count))
        }
    }

    @Test("Random bytes are fatal neither")
    func noise() {
        var generator = SeededGenerator()
        for _ in 0..<2_000 {
            let count = Int.random(in: 0...200, using: &generator)
            let bytes = (0..<count).map { _ in
                // Small numbers make counts, lengths and pointers that lead somewhere.
                Bool.random(using: &generator)
                    ? UInt8.random(in: 0...4, using: &generator) : UInt8.random(in: .min ... .max, using: &generator)
            }
            _ = try? DNSMessage(bytes)
        }
    }

    @Test("A message made of pointers to pointers is read, or refused, in no time")
    func chains() {
        // 16,000 bytes of pointers, each to the one before, then questions that begin with the last.
        var bytes: [UInt8] = [0, 1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0]
        while bytes.count < 16_000 {
            let target = max(12, bytes.count - 2)
            bytes += [0xc0 | UInt8(target >> 8), UInt8(target & 0xff)]
        }
        while bytes.count < 60_000 { bytes += [0xfe, 0x7e, 0, 1, 0, 1] }
        #expect(throws: DNSMessageError.self) { try DNSMessage(bytes) }
    }
}
