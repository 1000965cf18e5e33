/// A message of the Domain Name System (RFC 1035, 4): a question, or the answer to one.
public struct DNSMessage: Sendable, Equatable {
    /// What the header says besides the numbers of records.
    public struct Flags: Sendable, Equatable {
        /// QR: an answer.
        public var isResponse = false
        /// What is wanted; 0 is a question. Four bits.
        public var operation: UInt8 = 0
        /// AA: from a server that has the zone.
        public var isAuthoritative = false
        /// TC: something did not fit.
        public var isTruncated = false
        /// RD: others may be asked.
        public var recursionDesired = false
        /// RA: others are asked.
        public var recursionAvailable = false
        /// AD: proven by signatures (RFC 4035).
        public var isAuthentic = false
        /// CD: signatures are not to be looked at (RFC 4035).
        public var checkingDisabled = false

        /// A question without any flags.
        public init() {}
    }

    /// What is asked.
    public struct Question: Sendable, Hashable {
        /// Internet, the only class there is in practice.
        public static let internet: UInt16 = 1

        /// The name, as it is spelled.
        public var name: DNSName
        /// The type of the records wanted.
        public var type: RecordType
        /// The class.
        public var `class`: UInt16

        /// A question from its parts.
        public init(_ name: DNSName, _ type: RecordType, class: UInt16 = internet) {
            self.name = name
            self.type = type
            self.class = `class`
        }
    }

    /// A record.
    public struct Record: Sendable, Hashable {
        /// The name it belongs to.
        public var name: DNSName
        /// The class.
        public var `class`: UInt16
        /// Seconds for which it may be remembered.
        public var timeToLive: UInt32
        /// What it says.
        public var data: RecordData

        /// A record from its parts.
        public init(
            _ name: DNSName,
            _ data: RecordData,
            timeToLive: UInt32,
            class: UInt16 = Question.internet
        ) {
            self.name = name
            self.class = `class`
            self.timeToLive = timeToLive
            self.data = data
        }
    }

    /// What the OPT record says (RFC 6891).
    public struct Extensions: Sendable, Equatable {
        /// The largest UDP message that its sender takes, in bytes.
        public var payloadSize: UInt16
        /// The version; 0 is the only one there is.
        public var version: UInt8 = 0
        /// DO: signatures are wanted.
        public var wantsSignatures = false
        /// The options, by their numbers.
        public var options: [Option] = []

        /// An option.
        public struct Option: Sendable, Equatable {
            /// Its number.
            public var code: UInt16
            /// Its content.
            public var bytes: [UInt8]

            /// An option from its parts.
            public init(code: UInt16, bytes: [UInt8]) {
                self.code = code
                self.bytes = bytes
            }
        }

        /// Extensions without options.
        public init(payloadSize: UInt16) {
            self.payloadSize = payloadSize
        }
    }

    /// By which an answer belongs to its question.
    public var id: UInt16
    /// What the header says.
    public var flags: Flags
    /// What became of the question.
    public var code: ResponseCode
    /// What is asked.
    public var questions: [Question]
    /// What was asked for.
    public var answers: [Record]
    /// Who has the zone.
    public var authorities: [Record]
    /// What may be of use besides; the OPT record excluded.
    public var additionals: [Record]
    /// What the OPT record says; nil where there is none.
    public var extensions: Extensions?

    /// A message without records.
    public init(
        id: UInt16,
        flags: Flags = Flags(),
        code: ResponseCode = .noError,
        questions: [Question] = [],
        answers: [Record] = [],
        authorities: [Record] = [],
        additionals: [Record] = [],
        extensions: Extensions? = nil
    ) {
        self.id = id
        self.flags = flags
        self.code = code
        self.questions = questions
        self.answers = answers
        self.authorities = authorities
        self.additionals = additionals
        self.extensions = extensions
    }

    /// A question of a client that lets others be asked.
    public static func question(
        _ name: DNSName,
        _ type: RecordType,
        id: UInt16,
        extensions: Extensions? = nil
    ) -> DNSMessage {
        var message = DNSMessage(id: id, questions: [Question(name, type)], extensions: extensions)
        message.flags.recursionDesired = true
        return message
    }
}

/// Why bytes are not a message.
public enum DNSMessageError: Error, Sendable, Equatable {
    /// The message ends inside something.
    case truncated
    /// A label's first byte says nothing that is known.
    case badLabel
    /// A name goes on at a place that is not before it.
    case badPointer
    /// A name has more than 255 bytes.
    case nameTooLong
    /// The data of a record has another length than its content.
    case badRecord
    /// There are two OPT records, or one that is not among the additional records or not at the root.
    case badExtensions
}
