/// A question on its way to another server, and what an answer to it must have.
struct OutgoingQuery: Sendable {
    /// What came back.
    enum Verdict: Sendable, Equatable {
        /// An answer to this question.
        case answer(DNSMessage)
        /// The same, but with letters in another case: over UDP, anybody could have made it.
        case respelled(DNSMessage)
        /// Something else: not to be looked at.
        case foreign
    }

    /// The question as the client spells it.
    let question: DNSMessage.Question
    /// The message to send.
    let bytes: [UInt8]
    private let id: UInt16
    private let sentName: [UInt8]

    /// A question with a random number, and its letters in random case ("0x20": whoever answers without having seen the
    /// question has more to guess).
    init(_ key: AnswerCache.Key, withExtensions: Bool = true, using generator: inout some RandomNumberGenerator) {
        question = key.question
        id = UInt16.random(in: .min ... .max, using: &generator)
        sentName = key.question.name.wire.map { byte in
            let lower = DNSName.lowercased(byte)
            guard (0x61...0x7a).contains(lower), Bool.random(using: &generator) else { return lower }
            return lower & ~0x20
        }
        var message = DNSMessage.question(DNSName(checkedWire: sentName), key.question.type, id: id)
        message.flags.checkingDisabled = key.checkingDisabled
        if withExtensions {
            var extensions = DNSMessage.Extensions(payloadSize: UInt16(QueryDesk.payloadLimit))
            extensions.wantsSignatures = key.wantsSignatures
            message.extensions = extensions
        }
        bytes = message.encoded()
    }

    /// Judges a message that came back.
    func judge(_ message: [UInt8]) -> Verdict {
        let headerSize = 12
        let nameEnd = headerSize + sentName.count
        guard message.count >= headerSize else { return .foreign }
        guard message[0] == UInt8(id >> 8), message[1] == UInt8(id & 0xff), message[2] & 0x80 != 0 else {
            return .foreign
        }
        if let objection = Self.objection(message) { return .answer(objection) }
        guard message.count >= nameEnd + 4 else { return .foreign }
        // The question stands first in an answer, in full.
        let name = message[headerSize..<nameEnd]
        var restored = message
        restored.replaceSubrange(headerSize..<nameEnd, with: question.name.wire)
        guard
            name.elementsEqual(sentName, by: { DNSName.lowercased($0) == DNSName.lowercased($1) }),
            // With the question as the client spells it, names that end like it are spelled so too.
            let answer = try? DNSMessage(restored),
            answer.questions.count == 1,
            answer.questions[0].type == question.type,
            answer.questions[0].class == question.class
        else { return .foreign }
        return name.elementsEqual(sentName) ? .answer(answer) : .respelled(answer)
    }

    /// A message without a question, from a server that did not understand ours: it says so with a header alone.
    private static func objection(_ bytes: [UInt8]) -> DNSMessage? {
        guard bytes[4] == 0, bytes[5] == 0, let message = try? DNSMessage(bytes), message.answers.isEmpty else {
            return nil
        }
        return message.code == .formatError || message.code == .notImplemented ? message : nil
    }
}
