import Observability

/// Decides what becomes of a message that came: an answer at once, a question to others, or nothing.
struct QueryDesk: Sendable {
    /// The largest message over UDP in either direction, in bytes: it fits every path without fragments (DNS flag day
    /// 2020).
    static let payloadLimit = 1_232
    private static let headerSize = 12

    let authorities: [any NameAuthority]
    /// Nil where nobody is asked.
    let forwarder: Forwarder?
    let policy: ForwardingPolicy
    let metrics: DNSMetrics

    /// What becomes of a message.
    enum Decision: Sendable {
        case answer([UInt8])
        case ask(AnswerCache.Key, Pending)
        case nothing
    }

    /// A question whose answer waits for others.
    struct Pending: Sendable {
        fileprivate var reply: DNSMessage
        fileprivate let limit: Int
        fileprivate let wantsAuthentic: Bool
        fileprivate let start: MonotonicTime
    }

    /// Looks at a message.
    func decide(_ bytes: [UInt8], from client: DNSClient) -> Decision {
        let start = MonotonicTime.now()
        // Answers are never answered, or two servers talk for ever.
        guard bytes.count >= Self.headerSize, bytes[2] & 0x80 == 0 else { return .nothing }
        // The numbers are looked at before what they count: names in a message may be many times its size.
        guard Self.isPlausible(bytes), let query = try? DNSMessage(bytes), let question = query.questions.first else {
            return .answer(malformed(bytes, start))
        }
        var reply = DNSMessage(id: query.id, flags: query.flags, questions: query.questions)
        reply.flags.isResponse = true
        reply.flags.isAuthoritative = false
        reply.flags.isTruncated = false
        reply.flags.isAuthentic = false
        reply.flags.recursionAvailable = forwarder.map { !$0.upstreams.isEmpty } ?? false
        if let extensions = query.extensions {
            reply.extensions = DNSMessage.Extensions(payloadSize: UInt16(Self.payloadLimit))
            reply.extensions?.wantsSignatures = extensions.wantsSignatures
        }
        var pending = Pending(
            reply: reply,
            limit: limit(query, client),
            wantsAuthentic: query.flags.isAuthentic || query.extensions?.wantsSignatures ?? false,
            start: start
        )
        if let code = objection(to: query, question) {
            metrics.countRequest(.other, client, question.type)
            pending.reply.code = code
            return .answer(finish(pending, .other))
        }
        for authority in authorities {
            switch authority.answer(question) {
            case .elsewhere: continue
            case .complete(let content):
                metrics.countRequest(.own, client, question.type)
                pending.reply.take(content)
                return .answer(finish(pending, .own))
            case .continues(let content, let target):
                metrics.countRequest(.own, client, question.type)
                pending.reply.take(content)
                return forward(DNSMessage.Question(target, question.type), of: client, query, pending, .own)
            }
        }
        metrics.countRequest(.other, client, question.type)
        return forward(question, of: client, query, pending, .other)
    }

    /// The answer to a question that others were asked.
    func finish(_ pending: Pending, with answer: RemoteAnswer?) -> [UInt8] {
        let zone: DNSMetrics.Zone = pending.reply.flags.isAuthoritative ? .own : .other
        var pending = pending
        guard let answer else {
            pending.reply.code = .serverFailure
            return finish(pending, zone)
        }
        pending.reply.code = answer.code
        pending.reply.flags.isAuthentic =
            answer.isAuthentic && pending.wantsAuthentic && pending.reply.answers.isEmpty
        pending.reply.answers += answer.answers
        pending.reply.authorities += answer.authorities
        pending.reply.additionals += answer.additionals
        return finish(pending, zone)
    }

    private func forward(
        _ question: DNSMessage.Question,
        of client: DNSClient,
        _ query: DNSMessage,
        _ pending: Pending,
        _ zone: DNSMetrics.Zone
    ) -> Decision {
        var pending = pending
        if pending.reply.flags.recursionAvailable {
            pending.reply.flags.recursionAvailable = policy.allows(client.address)
        }
        guard let forwarder, pending.reply.flags.recursionAvailable, query.flags.recursionDesired else {
            // The alias itself is an answer; of a foreign name there is none.
            if zone == .other { pending.reply.code = .refused }
            return .answer(finish(pending, zone))
        }
        let key = AnswerCache.Key(
            question: question,
            wantsSignatures: query.extensions?.wantsSignatures ?? false,
            checkingDisabled: query.flags.checkingDisabled
        )
        if let answer = forwarder.cached(key) { return .answer(finish(pending, with: answer)) }
        return .ask(key, pending)
    }

    /// Whether a header's numbers are those of a question: one question, no answers, and no more records besides than
    /// questions have (the SOA record of IXFR; OPT and a signature).
    private static func isPlausible(_ bytes: [UInt8]) -> Bool {
        let counts = stride(from: 4, to: headerSize, by: 2).map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) }
        return counts[0] == 1 && counts[1] == 0 && counts[2] <= 1 && counts[3] <= 2
    }

    /// Why a question is not looked at; nil where it is.
    private func objection(to query: DNSMessage, _ question: DNSMessage.Question) -> ResponseCode? {
        guard query.flags.operation == 0 else { return .notImplemented }
        if let extensions = query.extensions, extensions.version > 0 { return .badVersion }
        switch question.type {
        case .axfr, .ixfr, .opt: return .refused
        default: return question.class == DNSMessage.Question.internet ? nil : .refused
        }
    }

    private func limit(_ query: DNSMessage, _ client: DNSClient) -> Int {
        guard !client.isStream else { return Int(UInt16.max) }
        guard let extensions = query.extensions else { return DNSMessage.smallestLimit }
        return min(max(Int(extensions.payloadSize), DNSMessage.smallestLimit), Self.payloadLimit)
    }

    private func finish(_ pending: Pending, _ zone: DNSMetrics.Zone) -> [UInt8] {
        let bytes = pending.reply.encoded(limit: pending.limit)
        metrics.countResponse(zone, pending.reply.code, took: MonotonicTime.now().duration(since: pending.start))
        return bytes
    }

    /// The answer to what has a header and no sense: another header.
    private func malformed(_ bytes: [UInt8], _ start: MonotonicTime) -> [UInt8] {
        var flags = DNSMessage.Flags(bits: UInt16(bytes[2]) << 8)
        flags.isResponse = true
        flags.isAuthoritative = false
        flags.isTruncated = false
        let reply = DNSMessage(
            id: UInt16(bytes[0]) << 8 | UInt16(bytes[1]),
            flags: flags,
            code: flags.operation == 0 ? .formatError : .notImplemented
        )
        metrics.countResponse(.other, reply.code, took: MonotonicTime.now().duration(since: start))
        return reply.encoded()
    }
}

extension DNSMessage {
    /// Takes over what a zone says.
    fileprivate mutating func take(_ content: ZoneAnswer.Content) {
        flags.isAuthoritative = true
        code = content.code
        answers = content.answers
        authorities = content.authorities
        additionals = content.additionals
    }
}
