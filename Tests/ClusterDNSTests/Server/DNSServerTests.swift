import Addressing
import KubernetesAPI
import NIOCore
import Observability
import Synchronization
import Testing

@testable import ClusterDNS

@Suite("The server of names", .timeLimit(.minutes(1)))
struct DNSServerTests {
    private static let peers: ZoneUnderTest = {
        var zone = ZoneUnderTest()
        zone.service("web", "10.96.0.1", ports: [ServicePort(name: "http", port: 80)])
        zone.service("peers")
        zone.slice("peers-1", of: "peers", (1...200).map { Endpoint(addresses: ["10.0.0.\($0)"]) })
        return zone
    }()

    private func query(_ name: String, id: UInt16 = 1) throws -> DNSMessage {
        DNSMessage.question(try #require(DNSName(name)), .a, id: id)
    }

    @Test("A name of the cluster is answered with authority, and spelled as asked")
    func own() async throws {
        try await ServerUnderTest.run(Self.peers) { server in
            let answer = try await TestClient.ask("wEb.default.svc.Cluster.local", id: 77, at: server.endpoint)
            #expect(answer.id == 77)
            #expect(answer.flags.isResponse)
            #expect(answer.flags.isAuthoritative)
            #expect(answer.texts == ["10.96.0.1"])
            #expect(answer.answers[0].name.description == "wEb.default.svc.Cluster.local.")
            #expect(answer.answers[0].timeToLive == 5)
            #expect(answer.extensions == nil)
        }
    }

    @Test("An answer over UDP is no longer than the client takes, and whole over TCP")
    func truncation() async throws {
        try await ServerUnderTest.run(Self.peers) { server in
            let name = "peers.default.svc.cluster.local"
            let small = try await TestClient.ask(name, at: server.endpoint)
            #expect(small.flags.isTruncated)
            #expect(small.encoded().count <= 512)
            let large = try await TestClient.ask(
                name,
                extensions: DNSMessage.Extensions(payloadSize: 4_096),
                at: server.endpoint
            )
            #expect(large.flags.isTruncated)
            #expect((513...1_232).contains(large.encoded().count))
            #expect(large.extensions?.payloadSize == 1_232)
            let whole = try await TestClient.ask([try query(name).encoded()], overTCP: server.endpoint)
            #expect(whole.first?.answers.count == 200)
            #expect(whole.first?.flags.isTruncated == false)
        }
    }

    @Test("Questions over one TCP connection need not wait for each other's answers")
    func pipelining() async throws {
        let isReleased = Mutex(false)
        var settings = Forwarder.Settings()
        settings.attemptTimeout = .milliseconds(50)
        settings.attempts = .max
        settings.deadline = .seconds(40)
        try await TestUpstream.run { question, _ in
            isReleased.withLock { $0 } ? [question.reply(addresses: 7)] : []
        } _: { _, address in
            try await ServerUnderTest.run(Self.peers, forwardingTo: [address], settings: settings) { server in
                var bytes = ByteBuffer()
                for id in 0...30 as ClosedRange<UInt16> {
                    let name = id == 0 ? "www.example" : "web.default.svc.cluster.local"
                    let message = try query(name, id: id).encoded()
                    bytes.writeInteger(UInt16(message.count))
                    bytes.writeBytes(message)
                }
                try await TestClient.connect(server.endpoint) { inbound, outbound in
                    try await outbound.write(bytes)
                    var messages = inbound.makeAsyncIterator()
                    var answers: [DNSMessage] = []
                    while answers.count <= 30, let message = try await messages.next() {
                        answers.append(try DNSMessage(Array(message.readableBytesView)))
                        if answers.count == 30 { isReleased.withLock { $0 = true } }
                    }
                    #expect(Set(answers.map(\.id)) == Set(0...30))
                    #expect(answers.last?.id == 0)
                    #expect(answers.last?.texts == ["0.0.0.7"])
                }
            }
        }
    }

    @Test("A connection that says nothing, or half a question, is closed")
    func idle() async throws {
        var limits = DNSListener.Limits()
        limits.idleTime = .milliseconds(100)
        try await ServerUnderTest.run(Self.peers, limits: limits) { server in
            for bytes in [[], [0], [0, 12, 1, 2]] as [[UInt8]] {
                try await TestClient.connect(server.endpoint) { inbound, outbound in
                    // A busy machine writes after the end, or sees it as a reset: both are an end.
                    try? await outbound.write(ByteBuffer(bytes: bytes))
                    do {
                        for try await _ in inbound { Issue.record("an answer to nothing") }
                    } catch {}
                }
            }
        }
    }

    @Test("A connection whose question comes drop by drop is closed as one that is silent")
    func drops() async throws {
        var limits = DNSListener.Limits()
        limits.idleTime = .milliseconds(300)
        try await ServerUnderTest.run(Self.peers, limits: limits) { server in
            try await TestClient.connect(server.endpoint) { inbound, outbound in
                await withTaskGroup(of: Void.self) { tasks in
                    tasks.addTask {
                        // A length of 60,000 bytes, and bytes until the other side has had enough.
                        try? await outbound.write(ByteBuffer(bytes: [0xea, 0x60]))
                        while !Task.isCancelled {
                            try? await outbound.write(ByteBuffer(bytes: [0]))
                            try? await Task.sleep(for: .milliseconds(20))
                        }
                    }
                    // Closed, or reset: both are an end.
                    do {
                        for try await _ in inbound { Issue.record("an answer to nothing") }
                    } catch {}
                    tasks.cancelAll()
                }
            }
        }
    }

    @Test("Connections beyond the limit are closed, and those within it go on")
    func connectionLimit() async throws {
        var limits = DNSListener.Limits()
        limits.connections = 1
        try await expectOneConnection(limits)
    }

    @Test("One client's connections beyond its limit are closed")
    func connectionLimitOfClient() async throws {
        var limits = DNSListener.Limits()
        limits.connectionsOfClient = 1
        try await expectOneConnection(limits)
        let count = ConnectionCount(limits: limits)
        let (one, other) = (IPAddress.v4(1), IPAddress.v4(2))
        #expect(count.enter(one) && count.enter(other))
        #expect(!count.enter(one))
        count.leave(one)
        #expect(count.enter(one))
        #expect(!count.enter(other))
    }

    private func expectOneConnection(_ limits: DNSListener.Limits) async throws {
        try await ServerUnderTest.run(Self.peers, limits: limits) { server in
            let message = try query("web.default.svc.cluster.local").encoded()
            let framed = ByteBuffer(bytes: [0, UInt8(message.count)] + message)
            try await TestClient.connect(server.endpoint) { inbound, outbound in
                var answers = inbound.makeAsyncIterator()
                try await outbound.write(framed)
                #expect(try await answers.next() != nil)
                // Closed, or reset: both are an end without an answer.
                let second = try? await TestClient.ask([message], overTCP: server.endpoint)
                #expect(second?.isEmpty ?? true)
                try await outbound.write(framed)
                #expect(try await answers.next() != nil)
            }
        }
    }

    @Test("What is no question is told so, and answers are not answered")
    func objections() async throws {
        try await ServerUnderTest.run(Self.peers) { server in
            let cases: [(ResponseCode, @Sendable (inout DNSMessage) -> Void)] = [
                (.notImplemented, { $0.flags.operation = 5 }),
                (.formatError, { $0.questions = [] }),
                (.formatError, { $0.questions += $0.questions }),
                (.refused, { $0.questions[0].class = 3 }),
                (.refused, { $0.questions[0].type = .axfr }),
                (
                    .badVersion,
                    {
                        $0.extensions = DNSMessage.Extensions(payloadSize: 1_232)
                        $0.extensions?.version = 1
                    }
                ),
            ]
            for (code, change) in cases {
                var message = try query("web.default.svc.cluster.local")
                change(&message)
                let answer = try await TestClient.ask(message.encoded(), at: server.endpoint)
                #expect(answer.code == code)
            }
            let half = Array(try query("web.default.svc.cluster.local").encoded().dropLast(3))
            let objection = try await TestClient.ask(half, at: server.endpoint)
            #expect(objection.code == .formatError)

            var answer = try query("web.default.svc.cluster.local")
            answer.flags.isResponse = true
            let answers = try await TestClient.ask([answer.encoded()], overTCP: server.endpoint)
            #expect(answers.isEmpty)
        }
    }

    @Test("A message with more questions than one is answered with no more than a header")
    func questionCount() async throws {
        try await ServerUnderTest.run(Self.peers) { server in
            var bytes = DNSMessage(id: 7).encoded()
            let long = try #require(DNSName(Array(repeating: "a", count: 120).joined(separator: ".")))
            bytes += long.wire + [0, 1, 0, 1]
            for _ in 0..<100 { bytes += [0xc0, 12, 0, 1, 0, 1] }
            bytes[5] = 101
            let datagram = try await TestClient.ask(bytes, at: server.endpoint)
            let streamed = try await TestClient.ask([bytes], overTCP: server.endpoint)
            for answer in [datagram] + streamed {
                #expect(answer.code == .formatError)
                #expect(answer.id == 7)
                #expect(answer.questions.isEmpty)
                #expect(answer.encoded().count == 12)
            }
            #expect(streamed.count == 1)
        }
    }

    @Test("A message that brings answers is no question")
    func questionWithAnswers() async throws {
        try await ServerUnderTest.run(Self.peers) { server in
            var message = try query("web.default.svc.cluster.local")
            message.answers = [DNSMessage.Record(message.questions[0].name, .address(.v4(1)), timeToLive: 1)]
            let answer = try await TestClient.ask(message.encoded(), at: server.endpoint)
            #expect(answer.code == .formatError)
            #expect(answer.questions.isEmpty)
        }
    }

    @Test("Questions and answers are counted")
    func metrics() async throws {
        try await ServerUnderTest.run(Self.peers) { server in
            _ = try await TestClient.ask("web.default.svc.cluster.local", at: server.endpoint)
            _ = try await TestClient.ask("no.default.svc.cluster.local", at: server.endpoint)
            let text = server.registry.exposition()
            #expect(
                text.contains(
                    #"coredns_dns_requests_total{zone="cluster.local.",proto="udp",family="1",type="A"} 2"#
                )
            )
            #expect(text.contains(#"coredns_dns_responses_total{zone="cluster.local.",rcode="NXDOMAIN"} 1"#))
        }
    }
}
