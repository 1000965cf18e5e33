/// What another server said of a question.
struct RemoteAnswer: Sendable, Equatable {
    var code: ResponseCode
    /// AD.
    var isAuthentic: Bool
    var answers: [DNSMessage.Record]
    var authorities: [DNSMessage.Record]
    var additionals: [DNSMessage.Record]

    init(_ message: DNSMessage) {
        code = message.code
        isAuthentic = message.flags.isAuthentic
        answers = message.answers
        authorities = message.authorities
        additionals = message.additionals
    }

    /// How long it may be remembered; zero where it may not (RFC 2308).
    ///
    /// - Parameters:
    ///   - longest: The most for answers.
    ///   - longestNegative: The most for what says that something is not there.
    func lifetime(longest: UInt32, longestNegative: UInt32) -> UInt32 {
        guard code == .noError || code == .noSuchName else { return 0 }
        if code == .noError, !answers.isEmpty, answers.contains(where: { $0.data.type != .cname }) {
            return min(longest, answers.map(\.lifetime).min() ?? 0)
        }
        // Without a SOA record nobody says for how long something is not there (RFC 2308, 5).
        let negative = authorities.compactMap { record -> UInt32? in
            guard case .authority(let authority) = record.data else { return nil }
            return min(record.lifetime, authority.minimum)
        }
        guard let limit = negative.min() else { return 0 }
        return min(longestNegative, answers.map(\.lifetime).min() ?? .max, limit)
    }

    /// The answer as it is that many seconds later.
    func aged(by seconds: UInt32) -> RemoteAnswer {
        guard seconds > 0 else { return self }
        var answer = self
        for index in answer.answers.indices { answer.answers[index].age(by: seconds) }
        for index in answer.authorities.indices { answer.authorities[index].age(by: seconds) }
        for index in answer.additionals.indices { answer.additionals[index].age(by: seconds) }
        return answer
    }
}

extension DNSMessage.Record {
    /// Its TTL, where numbers with the highest bit count as 0 (RFC 2181, 8).
    fileprivate var lifetime: UInt32 { timeToLive & 0x8000_0000 == 0 ? timeToLive : 0 }

    fileprivate mutating func age(by seconds: UInt32) {
        timeToLive = lifetime > seconds ? lifetime - seconds : 0
    }
}
