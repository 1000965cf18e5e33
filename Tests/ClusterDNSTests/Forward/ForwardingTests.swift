import Addressing
import NIOCore
import Observability
import Synchronization
import Testing

@testable import ClusterDNS

@Suite("Forwarding of other names", .timeLimit(.minutes(1)))
struct ForwardingTests {
    @Test("Another name is asked of another server, once for as long as its answer holds")
    func cached() async throws {
        try await TestUpstream.run { question, _ in
            [question.reply(addresses: 1, 2)]
        } _: { upstream, address in
            try await ServerUnderTest.run(forwardingTo: [address], settings: Self.patient) { server in
                let first = try await TestClient.ask("WwW.eXample", id: 99, at: server.endpoint)
                #expect(first.id == 99)
                #expect(first.texts == ["0.0.0.1", "0.0.0.2"])
                #expect(first.flags.recursionAvailable)
                #expect(!first.flags.isAuthoritative)
                #expect(first.answers.map(\.name.description) == ["WwW.eXample.", "WwW.eXample."])
                let second = try await TestClient.ask("www.example", at: server.endpoint)
                #expect(second.texts == first.texts)
                #expect(second.answers[0].name.description == "www.example.")
                #expect(upstream.questions == ["www.example. A"])
            }
        }
    }

    @Test("No message to a server is waited for beyond the question's own time")
    func deadline() {
        var settings = Forwarder.Settings()
        settings.attemptTimeout = .seconds(2)
        let now = ContinuousClock.now
        #expect(settings.timeout(at: now, until: now + .seconds(5)) == .seconds(2))
        #expect(settings.timeout(at: now, until: now + .seconds(1)) == .seconds(1))
        #expect(settings.timeout(at: now, until: now) == nil)
        #expect(settings.timeout(at: now + .seconds(1), until: now) == nil)
    }

    @Test("What is not there is remembered, where somebody says for how long")
    func negative() async throws {
        try await TestUpstream.run { question, _ in
            let isShort = question.questions[0].name.isWithin(DNSName("forgotten") ?? .root)
            let authorities = isShort ? [] : [DNSMessage.beginning(minimum: 60)]
            return [question.reply(code: .noSuchName, authorities: authorities)]
        } _: { upstream, address in
            try await ServerUnderTest.run(forwardingTo: [address], settings: Self.patient) { server in
                for name in ["no.example", "no.example", "forgotten", "forgotten"] {
                    try await server.expect(["NXDOMAIN"], of: name)
                }
                #expect(upstream.questions == ["no.example. A", "forgotten. A", "forgotten. A"])
            }
        }
    }

    @Test("Equal questions at the same time are asked once")
    func singleFlight() async throws {
        try await TestUpstream.run(delay: .milliseconds(300)) { question, _ in
            [question.reply(addresses: 1)]
        } _: { upstream, address in
            try await ServerUnderTest.run(forwardingTo: [address], settings: Self.patient) { server in
                try await withThrowingTaskGroup(of: [String].self) { tasks in
                    for _ in 0..<20 {
                        tasks.addTask { try await TestClient.ask("www.example", at: server.endpoint).texts }
                    }
                    for try await texts in tasks { #expect(texts == ["0.0.0.1"]) }
                }
                #expect(upstream.questions == ["www.example. A"])
            }
        }
    }

    @Test("An answer that was cut off is asked for over TCP")
    func truncated() async throws {
        try await TestUpstream.run { question, asked in
            asked.isStream ? [question.reply(addresses: 1)] : [question.reply(isTruncated: true)]
        } _: { upstream, address in
            try await ServerUnderTest.run(forwardingTo: [address], settings: Self.patient) { server in
                try await server.expect(["0.0.0.1"], of: "big.example")
                #expect(upstream.questions == ["big.example. A", "big.example. A TCP"])
            }
        }
    }

    @Test("What does not belong to the question is not taken for its answer")
    func forged() async throws {
        try await TestUpstream.run { question, _ in
            var otherID = question
            otherID.id &+= 1
            var otherName = question
            otherName.questions[0].name = DNSName("bank.example") ?? .root
            var otherType = question
            otherType.questions[0].type = .aaaa
            return [
                otherID.reply(addresses: 666), otherName.reply(addresses: 666), otherType.reply(addresses: 666),
                question.encoded(), [0], question.reply(addresses: 1),
            ]
        } _: { upstream, address in
            try await ServerUnderTest.run(forwardingTo: [address], settings: Self.patient) { server in
                try await server.expect(["0.0.0.1"], of: "www.example")
                #expect(upstream.questions.count == 1)
            }
        }
    }

    @Test("A server that does not keep the case of letters is asked over TCP")
    func lowercasing() async throws {
        try await TestUpstream.run { question, _ in
            var lower = question
            lower.questions[0].name = DNSName(question.questions[0].name.description.lowercased()) ?? .root
            return [lower.reply(addresses: 1)]
        } _: { upstream, address in
            try await ServerUnderTest.run(forwardingTo: [address], settings: Self.patient) { server in
                // Long enough to have a capital.
                let name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example"
                try await server.expect(["0.0.0.1"], of: name)
                #expect(upstream.questions == ["\(name). A", "\(name). A TCP"])
            }
        }
    }

    @Test("Numbers and letters of questions are random")
    func randomness() throws {
        let name = try #require(DNSName("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example"))
        let key = AnswerCache.Key(question: DNSMessage.Question(name, .a))
        var generator = SystemRandomNumberGenerator()
        let messages = try (0..<20).map { _ in try DNSMessage(OutgoingQuery(key, using: &generator).bytes) }
        #expect(Set(messages.map(\.id)).count > 15)
        #expect(Set(messages.map(\.questions[0].name.description)).count == 20)
        #expect(messages.allSatisfy { $0.questions[0].name == name })
    }

    /// Nothing is asked twice because a busy machine was slow.
    private static let patient: Forwarder.Settings = {
        var settings = Forwarder.Settings()
        settings.attemptTimeout = .seconds(20)
        settings.deadline = .seconds(40)
        settings.cache.failure = 300
        return settings
    }()

    private static let quick: Forwarder.Settings = {
        var settings = Forwarder.Settings()
        settings.attemptTimeout = .milliseconds(100)
        return settings
    }()

    @Test("Where one server is silent the next one is asked, and from then on first")
    func silence() async throws {
        // Long enough for the server that answers, on a machine that does other things.
        var settings = Forwarder.Settings()
        settings.attemptTimeout = .seconds(3)
        settings.deadline = .seconds(40)
        try await TestUpstream.run { _, _ in
            []
        } _: { silent, silentAddress in
            try await TestUpstream.run { question, _ in
                [question.reply(addresses: 1)]
            } _: { other, otherAddress in
                try await ServerUnderTest.run(forwardingTo: [silentAddress, otherAddress], settings: settings) {
                    for name in ["a.example", "b.example"] {
                        try await $0.expect(["0.0.0.1"], of: name)
                    }
                }
                #expect(silent.questions == ["a.example. A"])
                #expect(other.questions == ["a.example. A", "b.example. A"])
            }
        }
    }

    @Test("A server that refuses is not believed before the others have refused")
    func refusal() async throws {
        try await TestUpstream.run { question, _ in
            [question.reply(code: .serverFailure)]
        } _: { _, bad in
            try await TestUpstream.run { question, _ in
                [question.reply(addresses: 1)]
            } _: { _, good in
                try await ServerUnderTest.run(forwardingTo: [bad, good], settings: Self.patient) { server in
                    try await server.expect(["0.0.0.1"], of: "www.example")
                }
            }
            try await ServerUnderTest.run(forwardingTo: [bad], settings: Self.patient) { server in
                try await server.expect(["SERVFAIL"], of: "www.example")
            }
        }
    }

    @Test("Where nobody answers, that is the answer")
    func nobody() async throws {
        let silent = try await TestUpstream.run { _, _ in
            []
        } _: { upstream, address in
            try await ServerUnderTest.run(forwardingTo: [address], settings: Self.quick) { server in
                try await server.expect(["SERVFAIL"], of: "www.example")
            }
            return address
        }
        // Its port is closed now.
        try await ServerUnderTest.run(forwardingTo: [silent], settings: Self.quick) { server in
            try await server.expect(["SERVFAIL"], of: "www.example")
        }
        try await ServerUnderTest.run { server in
            let answer = try await TestClient.ask("www.example", at: server.endpoint)
            #expect(answer.texts == ["REFUSED"])
            #expect(!answer.flags.recursionAvailable)
        }
    }

    @Test("Nothing is forwarded to ourselves")
    func ownAddress() async throws {
        try await ServerUnderTest.run { server in
            server.upstreams.replace(with: [server.endpoint])
            try await server.expect(["REFUSED"], of: "www.example")
            #expect(server.upstreams.excluded == [server.endpoint])
        }
    }

    @Test("Servers that forward to each other answer that nobody knows, after a few tries")
    func loop() async throws {
        var settings = Forwarder.Settings()
        settings.attemptTimeout = .milliseconds(200)
        settings.attempts = 2
        try await ServerUnderTest.run(settings: settings) { one in
            try await ServerUnderTest.run(forwardingTo: [one.endpoint], settings: settings) { two in
                one.upstreams.replace(with: [two.endpoint])
                try await one.expect(["SERVFAIL"], of: "www.example")
                let line = one.registry.exposition().split(separator: "\n").first {
                    $0.hasPrefix("coredns_forward_requests_total")
                }
                // Its own tries, and those for the other's: what came back meanwhile waited.
                let count = line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
                #expect((1...4).contains(count))
            }
        }
    }

    @Test("A server from before EDNS is asked without it")
    func withoutExtensions() async throws {
        try await TestUpstream.run { question, _ in
            guard question.extensions == nil else {
                var plain = question
                plain.extensions = nil
                return [plain.reply(code: .formatError)]
            }
            return [question.reply(addresses: 1)]
        } _: { upstream, address in
            try await ServerUnderTest.run(forwardingTo: [address], settings: Self.patient) { server in
                try await server.expect(["0.0.0.1"], of: "www.example")
                #expect(upstream.messages.map { $0.extensions == nil } == [false, true])
            }
        }
    }

    @Test("A server that answers EDNS with a header alone is asked without it", arguments: [1, 4] as [UInt8])
    func headerOnly(code: UInt8) async throws {
        try await TestUpstream.run { question, _ in
            guard question.extensions == nil else {
                let id = [UInt8(question.id >> 8), UInt8(question.id & 0xff)]
                return [id + [0x81, 0x80 | code] + Array(repeating: 0, count: 8)]
            }
            return [question.reply(addresses: 1)]
        } _: { upstream, address in
            try await ServerUnderTest.run(forwardingTo: [address], settings: Self.patient) { server in
                try await server.expect(["0.0.0.1"], of: "www.example")
                #expect(upstream.messages.map { $0.extensions == nil } == [false, true])
            }
        }
    }

    @Test("That nobody knew an answer is remembered for a while")
    func failure() async throws {
        var settings = Self.patient
        settings.attempts = 1
        try await TestUpstream.run { question, _ in
            [question.reply(code: .serverFailure)]
        } _: { upstream, address in
            try await ServerUnderTest.run(forwardingTo: [address], settings: settings) { server in
                for _ in 0..<3 { try await server.expect(["SERVFAIL"], of: "www.example") }
                #expect(upstream.questions == ["www.example. A"])
            }
        }
    }

    @Test("More questions than may be under way are answered at once that nobody can be asked")
    func bounded() async throws {
        var settings = Forwarder.Settings()
        settings.questionLimit = 2
        settings.attemptTimeout = .seconds(20)
        settings.deadline = .seconds(20)
        try await TestUpstream.run { _, _ in
            []
        } _: { upstream, address in
            try await ServerUnderTest.run(forwardingTo: [address], settings: settings) { server in
                try await withThrowingTaskGroup(of: DNSMessage.self) { tasks in
                    for name in ["a.example", "b.example"] {
                        tasks.addTask { try await TestClient.ask(name, at: server.endpoint) }
                    }
                    while upstream.questions.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
                    try await server.expect(["SERVFAIL"], of: "c.example")
                    tasks.cancelAll()
                }
            }
        }
    }

    @Test("Who is not to have other names asked for is refused, and is told ours")
    func strangers() async throws {
        var zone = ZoneUnderTest()
        zone.alias("outside", "www.example")
        zone.service("web", "10.96.0.1")
        let nobody = ForwardingClients(includesNeighbourhood: false)
        try await TestUpstream.run { question, _ in
            [question.reply(addresses: 1)]
        } _: { upstream, address in
            try await ServerUnderTest.run(zone, forwardingTo: [address], for: nobody) { server in
                let refused = try await TestClient.ask("www.example", at: server.endpoint)
                #expect(refused.texts == ["REFUSED"])
                #expect(!refused.flags.recursionAvailable)
                try await server.expect(["www.example."], of: "outside.default.svc.cluster.local")
                try await server.expect(["10.96.0.1"], of: "web.default.svc.cluster.local")
                #expect(upstream.questions.isEmpty)
            }
            for clients in [ForwardingClients.everybody, .neighbourhood] {
                try await ServerUnderTest.run(forwardingTo: [address], settings: Self.patient, for: clients) { server in
                    try await server.expect(["0.0.0.1"], of: "www.example")
                }
            }
        }
    }

    @Test("An alias that leads out of the cluster is followed there")
    func alias() async throws {
        var zone = ZoneUnderTest()
        zone.alias("outside", "www.example")
        try await TestUpstream.run { question, _ in
            [question.reply(addresses: 1)]
        } _: { upstream, address in
            try await ServerUnderTest.run(zone, forwardingTo: [address], settings: Self.patient) { server in
                let answer = try await TestClient.ask("outside.default.svc.cluster.local", at: server.endpoint)
                #expect(answer.texts == ["www.example.", "0.0.0.1"])
                #expect(upstream.questions == ["www.example. A"])
            }
        }
        // Nobody to ask: the alias at least.
        try await ServerUnderTest.run(zone) { server in
            let answer = try await TestClient.ask("outside.default.svc.cluster.local", at: server.endpoint)
            #expect(answer.texts == ["www.example."])
        }
    }
}
