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

    /// What there is to say where nobody answered.
    static let failure = RemoteAnswer(DNSMessage(id: 0, code: .serverFailure))

    /// The answer as a message, in which it takes a tenth of the room; nil where one cannot hold it.
    func encoded(for question: DNSMessage.Question) -> [UInt8]? {
        guard code.rawValue < 16 else { return nil }
        var message = DNSMessage(id: 0, code: code, questions: [question])
        message.flags.isResponse = true
        message.flags.isAuthentic = isAuthentic
        message.answers = answers
        message.authorities = authorities
        message.additionals = additionals
        let bytes = message.encoded()
        let isTruncated = bytes[2] & 0x02 != 0
        return isTruncated ? nil : bytes
    }

    /// How long it may be remembered; zero where it may not (RFC 2308; RFC 9520 for failures).
    ///
    /// - Parameter type: Which records were asked for: without any of them the answer is that there are none, whatever
    ///   aliases, or signatures of these, it has.
    func lifetime(of type: RecordType, _ limits: AnswerCache.Limits) -> UInt32 {
        guard code == .noError || code == .noSuchName else { return limits.failure }
        if code == .noError, answers.contains(where: { $0.data.type == type || type == .any }) {
            return min(limits.longest, answers.map(\.lifetime).min() ?? 0)
        }
        // Without a SOA record nobody says for how long something is not there (RFC 2308, 5).
        let negative = authorities.compactMap { record -> UInt32? in
            guard case .authority(let authority) = record.data else { return nil }
            return min(record.lifetime, authority.minimum)
        }
        guard let limit = negative.min() else { return 0 }
        return min(limits.longestNegative, answers.map(\.lifetime).min() ?? .max, limit)
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
