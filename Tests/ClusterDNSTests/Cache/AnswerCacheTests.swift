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
        let name = DNSName("a.example") ?? .root
        var message = DNSMessage(id: 1, code: code)
        message.answers = lives.map { DNSMessage.Record(name, .address(.v4($0)), timeToLive: $0) }
        message.authorities = minimum.map { [DNSMessage.beginning(minimum: $0)] } ?? []
        return RemoteAnswer(message)
    }

    private func time(_ seconds: Double) -> MonotonicTime { MonotonicTime(sinceBoot: .seconds(seconds)) }

    @Test("An answer holds for the shortest of its lifetimes, and says how long is left")
    func lifetime() {
        var cache = AnswerCache()
        cache.store(answer(60, 30), byteCount: 100, for: key("a"), at: time(1))
        #expect(cache.answer(to: key("A"), at: time(30.9))?.answers.map(\.timeToLive) == [31, 1])
        #expect(cache.answer(to: key("a"), at: time(31)) == nil)
        #expect(cache.count == 0)
        #expect(cache.byteCount == 0)
    }

    @Test("What is not there holds as long as the zone says")
    func negative() {
        #expect(answer(code: .noSuchName, minimum: 20).lifetime(longest: 100, longestNegative: 50) == 20)
        #expect(answer(code: .noSuchName, minimum: 99).lifetime(longest: 100, longestNegative: 50) == 50)
        #expect(answer(code: .noSuchName).lifetime(longest: 100, longestNegative: 50) == 0)
        #expect(answer(minimum: 20).lifetime(longest: 100, longestNegative: 50) == 20)
        #expect(answer().lifetime(longest: 100, longestNegative: 50) == 0)
        #expect(answer(10, code: .serverFailure).lifetime(longest: 100, longestNegative: 50) == 0)
        #expect(answer(500).lifetime(longest: 100, longestNegative: 50) == 100)
        #expect(answer(0).lifetime(longest: 100, longestNegative: 50) == 0)
        #expect(answer(.max).lifetime(longest: 100, longestNegative: 50) == 0)
    }

    @Test("Questions that are answered in another way are other questions")
    func keys() {
        var cache = AnswerCache()
        cache.store(answer(60), byteCount: 1, for: key("a"), at: time(0))
        var signed = key("a")
        signed.wantsSignatures = true
        #expect(cache.answer(to: signed, at: time(0)) == nil)
        var unchecked = key("a")
        unchecked.checkingDisabled = true
        #expect(cache.answer(to: unchecked, at: time(0)) == nil)
    }

    @Test("Whatever comes, there is no more in it than fits, and the oldest goes first")
    func bounds() {
        var generator = SeededGenerator()
        var limits = AnswerCache.Limits()
        limits.count = 20
        limits.byteCount = 1_600
        var cache = AnswerCache(limits: limits)
        for step in 0..<5_000 {
            let name = "n\(Int.random(in: 0..<50, using: &generator))"
            let size = Int.random(in: 1...120, using: &generator)
            cache.store(answer(1_000), byteCount: size, for: key(name), at: time(Double(step) / 10))
            #expect(cache.count <= 20, "\(generator)")
            #expect(cache.byteCount <= 1_600, "\(generator)")
            // More than a sixteenth of the room is not worth it.
            let isKept = cache.answer(to: key(name), at: time(Double(step) / 10)) != nil
            #expect(isKept == (size <= 100), "\(generator)")
        }
    }
}
