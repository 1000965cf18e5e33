import Addressing
import ClusterDNS
import Testing

@Suite("Messages of the DNS")
struct DNSMessageTests {
    private func name(_ text: String) throws -> DNSName { try #require(DNSName(text)) }

    /// The example of RFC 1035, 4.1.4: F.ISI.ARPA, FOO.F.ISI.ARPA, ARPA and the root.
    @Test("Compressed names are read as RFC 1035 has them")
    func compression() throws {
        var bytes: [UInt8] = [
            0x12, 0x34,  // id
            0x01, 0x00,  // RD
            0, 4, 0, 0, 0, 0, 0, 0,  // four questions
        ]
        bytes += [1, 0x46, 3, 0x49, 0x53, 0x49, 4, 0x41, 0x52, 0x50, 0x41, 0, 0, 1, 0, 1]  // F.ISI.ARPA at 12
        bytes += [3, 0x46, 0x4f, 0x4f, 0xc0, 12, 0, 1, 0, 1]  // FOO.F.ISI.ARPA
        bytes += [0xc0, 18, 0, 1, 0, 1]  // ARPA
        bytes += [0, 0, 1, 0, 1]
        let message = try DNSMessage(bytes)
        #expect(message.questions.map(\.name.description) == ["F.ISI.ARPA.", "FOO.F.ISI.ARPA.", "ARPA.", "."])
        #expect(message.flags.recursionDesired)
        #expect(!message.flags.isResponse)
        // It is written in the same way.
        #expect(message.encoded() == bytes)
    }

    @Test("Questions that do not fit are left out too")
    func questionsBeyondLimit() throws {
        var message = DNSMessage(id: 1)
        message.questions = try (0..<100).map { DNSMessage.Question(try name("host-\($0).example-\($0)"), .a) }
        message.extensions = DNSMessage.Extensions(payloadSize: 1_232)
        let bytes = message.encoded(limit: 512)
        #expect(bytes.count <= 512)
        let read = try DNSMessage(bytes)
        #expect(read.flags.isTruncated)
        #expect(read.extensions != nil)
        #expect(!read.questions.isEmpty)
        #expect(read.questions == Array(message.questions.prefix(read.questions.count)))
    }

    @Test("Every type of record comes back as it was written")
    func roundTrip() throws {
        let host = try name("host.example")
        let records: [RecordData] = [
            .address(.v4(0x0a00_0001)),
            .address(.v6(high: 0xfd00 << 48, low: 1)),
            .nameServer(host),
            .alias(host),
            .pointer(host),
            .mail(preference: 10, host: host),
            .text([Array("1.1.0".utf8), []]),
            .service(ServiceLocation(priority: 1, weight: 2, port: 3, target: host)),
            .authority(
                StartOfAuthority(
                    server: host,
                    mailbox: try name("post.host.example"),
                    serial: 1,
                    refresh: 2,
                    retry: 3,
                    expire: 4,
                    minimum: .max
                )
            ),
            .other(RecordType(rawValue: 257), [0, 1, 2]),
        ]
        var message = DNSMessage.question(host, .any, id: 7, extensions: DNSMessage.Extensions(payloadSize: 1_232))
        message.flags.isResponse = true
        message.flags.isAuthoritative = true
        message.flags.isAuthentic = true
        message.code = .badVersion
        message.extensions?.wantsSignatures = true
        message.extensions?.options = [.init(code: 10, bytes: [1, 2, 3])]
        message.answers = records.map { DNSMessage.Record(host, $0, timeToLive: 5) }
        message.authorities = [DNSMessage.Record(.root, .nameServer(host), timeToLive: 6)]
        message.additionals = [DNSMessage.Record(try name("x.host.example"), .address(.v4(1)), timeToLive: 7)]
        #expect(try DNSMessage(message.encoded()) == message)
    }

    @Test("The target of an SRV record stands in full, and is spelled as it was")
    func uncompressedTarget() throws {
        let question = try name("_http._tcp.web.example")
        var message = DNSMessage.question(question, .srv, id: 1)
        let target = try name("Web.Example")
        message.answers = [
            DNSMessage.Record(
                question,
                .service(ServiceLocation(weight: 1, port: 80, target: target)),
                timeToLive: 1
            )
        ]
        let bytes = message.encoded()
        #expect(Array(bytes.suffix(target.wire.count)) == target.wire)
    }

    @Test("The owner of an answer is spelled as the question is")
    func spelling() throws {
        var message = DNSMessage.question(try name("wEb.ExAmPlE"), .a, id: 1)
        message.answers = [DNSMessage.Record(try name("web.example"), .address(.v4(1)), timeToLive: 1)]
        #expect(try DNSMessage(message.encoded()).answers[0].name.description == "wEb.ExAmPlE.")
    }

    @Test("What does not fit is left out, and the client is told so")
    func truncation() throws {
        let owner = try name("peers.default.svc.cluster.local")
        var message = DNSMessage.question(owner, .a, id: 1, extensions: DNSMessage.Extensions(payloadSize: 1_232))
        message.flags.isResponse = true
        message.answers = (0..<500).map { DNSMessage.Record(owner, .address(.v4($0)), timeToLive: 5) }
        for limit in [DNSMessage.smallestLimit, 1_232, 4_000] {
            let bytes = message.encoded(limit: limit)
            #expect(bytes.count <= limit)
            #expect(bytes.count > limit - 16)
            let read = try DNSMessage(bytes)
            #expect(read.flags.isTruncated)
            #expect(read.answers == Array(message.answers.prefix(read.answers.count)))
            #expect(read.extensions == message.extensions)
        }
        #expect(try DNSMessage(message.encoded()).answers.count == 500)
    }

    @Test("Additional records that do not fit are left out in silence")
    func additionalRecords() throws {
        let owner = try name("a.example")
        var message = DNSMessage.question(owner, .a, id: 1)
        message.answers = [DNSMessage.Record(owner, .address(.v4(1)), timeToLive: 5)]
        message.additionals = (0..<100).map { DNSMessage.Record(owner, .address(.v4($0)), timeToLive: 5) }
        let read = try DNSMessage(message.encoded(limit: 512))
        #expect(!read.flags.isTruncated)
        #expect(read.answers.count == 1)
        #expect(!read.additionals.isEmpty)
    }

    /// A header that says how many questions there are, before these bytes.
    private func message(questions: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        [0, 1, 0, 0, 0, questions, 0, 0, 0, 0, 0, 0] + bytes
    }

    @Test("Pointers that lead to themselves, forward, or in a circle are refused")
    func pointerLoops() {
        let type: [UInt8] = [0, 1, 0, 1]
        #expect(throws: DNSMessageError.badPointer) { try DNSMessage(message(questions: 1, [0xc0, 12] + type)) }
        #expect(throws: DNSMessageError.badPointer) { try DNSMessage(message(questions: 1, [0xc0, 14] + type)) }
        #expect(throws: DNSMessageError.badPointer) {
            try DNSMessage(message(questions: 1, [1, 0x61, 0xc0, 12] + type))
        }
        // The second name leads into the first one's pointer, which leads on.
        #expect(throws: DNSMessageError.badPointer) {
            try DNSMessage(message(questions: 2, [1, 0x61, 0xc0, 16, 0, 1, 0, 1, 0xc0, 14] + type))
        }
    }

    @Test("Labels of unknown kinds, names that are too long, and half messages are refused")
    func malformed() throws {
        #expect(throws: DNSMessageError.badLabel) { try DNSMessage(message(questions: 1, [0x40, 0])) }
        let label: [UInt8] = [63] + [UInt8](repeating: 0x61, count: 63)
        #expect(throws: DNSMessageError.nameTooLong) {
            try DNSMessage(message(questions: 1, label + label + label + label + [0, 0, 1, 0, 1]))
        }
        let whole = DNSMessage.question(try name("a.example"), .a, id: 1, extensions: .init(payloadSize: 512)).encoded()
        for count in whole.indices {
            #expect(throws: DNSMessageError.truncated) { try DNSMessage(Array(whole.prefix(count))) }
        }
    }

    @Test("A record whose data has another length than its content is refused")
    func lengths() throws {
        let record: [UInt8] = [0, 0, 1, 0, 1, 0, 0, 0, 5, 0]
        let header: [UInt8] = [0, 1, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0]
        #expect(try DNSMessage(header + record + [4, 1, 2, 3, 4]).answers.count == 1)
        #expect(throws: DNSMessageError.badRecord) { try DNSMessage(header + record + [3, 1, 2, 3]) }
        let pointer: [UInt8] = [0, 0, 12, 0, 1, 0, 0, 0, 5, 0]
        #expect(throws: DNSMessageError.badRecord) { try DNSMessage(header + pointer + [2, 0, 0]) }
    }

    @Test("Two OPT records, and one outside of the additional records, are refused")
    func extensions() throws {
        let opt: [UInt8] = [0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0]
        #expect(throws: DNSMessageError.badExtensions) {
            try DNSMessage([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2] + opt + opt)
        }
        #expect(throws: DNSMessageError.badExtensions) { try DNSMessage([0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0] + opt) }
    }
}
