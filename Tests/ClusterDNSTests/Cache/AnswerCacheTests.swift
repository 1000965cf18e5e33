import Addressing
import Observability
import SeededTesting
import Testing

@testable import ClusterDNS

@Suite("Memory of answers")
struct AnswerCacheTests {
    private func key(_ name: String) -> AnswerCache.Key {
        AnswerCache.Key(question: DNSMessage.Question(DNSName(name) ?? .root, .a))
    }

    private func answer(_ lives: UInt32..., code: ResponseCode = .noError, minimum: UInt32? = nil) -> RemoteAnswer {
        answer(lives, code: code, minimum: minimum)
    }

    private func answer(_ lives: [UInt32], code: ResponseCode = .noError, minimum: UInt32? = nil) -> RemoteAnswer {
        let name = DNSName("a.example") ?? .root
        var message = DNSMessage(id: 1, code: code)
        message.answers = lives.map { DNSMessage.Record(name, .address(.v4($0)), timeToLive: $0) }
        message.authorities = minimum.map { [DNSMessage.beginning(minimum: $0)] } ?? []
        return RemoteAnswer(message)
    }

    private func bytes(_ answer: RemoteAnswer, _ key: AnswerCache.Key) throws -> [UInt8] {
        try #require(answer.encoded(for: key.question))
    }

    private func store(
        _ answer: RemoteAnswer,
        _ key: AnswerCache.Key,
        _ cache: inout AnswerCache,
        at time: MonotonicTime
    ) throws {
        cache.store(answer, as: try bytes(answer, key), for: key, at: time)
    }

    private func time(_ seconds: Double) -> MonotonicTime { MonotonicTime(sinceBoot: .seconds(seconds)) }

    @Test("An answer holds for the shortest of its lifetimes, and says how long is left")
    func lifetime() throws {
        var cache = AnswerCache()
        try store(answer(60, 30), key("a"), &cache, at: time(1))
        #expect(cache.find(key("A"), at: time(30.9))?.answer?.answers.map(\.timeToLive) == [31, 1])
        #expect(cache.find(key("a"), at: time(31)) == nil)
        #expect(cache.count == 0)
        #expect(cache.byteCount == 0)
    }

    @Test("What is not there holds as long as the zone says")
    func negative() {
        #expect(life(answer(code: .noSuchName, minimum: 20)) == 20)
        #expect(life(answer(code: .noSuchName, minimum: 99)) == 50)
        #expect(life(answer(code: .noSuchName)) == 0)
        #expect(life(answer(minimum: 20)) == 20)
        #expect(life(answer()) == 0)
        #expect(life(answer(500)) == 100)
        #expect(life(answer(0)) == 0)
        #expect(life(answer(.max)) == 0)
    }

    @Test("That nobody knew holds for a moment")
    func failure() throws {
        #expect(life(answer(10, code: .serverFailure)) == 2)
        #expect(life(.failure) == 2)
        var cache = AnswerCache()
        try store(.failure, key("a"), &cache, at: time(1))
        #expect(cache.find(key("a"), at: time(2.9))?.answer == .failure)
        #expect(cache.find(key("a"), at: time(3)) == nil)
    }

    @Test("Whether there is what was asked for follows from the question")
    func types() {
        let name = DNSName("a.example") ?? .root
        var message = DNSMessage(id: 1)
        message.answers = [DNSMessage.Record(name, .alias(name), timeToLive: 60)]
        #expect(life(RemoteAnswer(message), of: .cname) == 60)
        #expect(life(RemoteAnswer(message), of: .any) == 60)
        // An alias that leads to nothing: without a SOA record nobody says for how long.
        #expect(life(RemoteAnswer(message)) == 0)
        let signature = RecordData.other(RecordType(rawValue: 46), [1])
        message.answers.append(DNSMessage.Record(name, signature, timeToLive: 60))
        #expect(life(RemoteAnswer(message)) == 0)
        message.authorities = [DNSMessage.beginning(minimum: 20)]
        #expect(life(RemoteAnswer(message)) == 20)
        #expect(life(RemoteAnswer(message), of: .cname) == 60)
    }

    private func life(_ answer: RemoteAnswer, of type: RecordType = .a) -> UInt32 {
        var limits = AnswerCache.Limits()
        limits.longest = 100
        limits.longestNegative = 50
        return answer.lifetime(of: type, limits)
    }

    @Test("Questions that are answered in another way are other questions")
    func keys() throws {
        var cache = AnswerCache()
        try store(answer(60), key("a"), &cache, at: time(0))
        var signed = key("a")
        signed.wantsSignatures = true
        #expect(cache.find(signed, at: time(0)) == nil)
        var unchecked = key("a")
        unchecked.checkingDisabled = true
        #expect(cache.find(unchecked, at: time(0)) == nil)
    }

    @Test("Whatever comes, there is no more in it than fits, and the oldest goes first")
    func bounds() throws {
        var generator = SeededGenerator()
        var limits = AnswerCache.Limits()
        limits.count = 20
        limits.byteCount = 16_000
        var cache = AnswerCache(limits: limits)
        for step in 0..<5_000 {
            let name = "n\(Int.random(in: 0..<50, using: &generator))"
            let lives = Array(repeating: 1_000 as UInt32, count: Int.random(in: 1...80, using: &generator))
            let content = answer(lives)
            let cost = AnswerCache.cost(of: try bytes(content, key(name)), for: key(name))
            try store(content, key(name), &cache, at: time(Double(step) / 10))
            #expect(cache.count <= 20, "\(generator)")
            #expect(cache.byteCount <= 16_000, "\(generator)")
            // More than a sixteenth of the room is not worth it.
            let found = cache.find(key(name), at: time(Double(step) / 10))?.answer
            #expect(found == (cost <= 1_000 ? content : nil), "\(generator)")
        }
    }
}
