/// What a zone knows of a question.
public enum ZoneAnswer: Sendable, Equatable {
    /// The name is not the zone's to speak of.
    case elsewhere
    /// All there is to say.
    case complete(Content)
    /// Aliases that lead to a name that others know; its records come after these.
    case continues(Content, at: DNSName)

    /// Records, and whether the name exists.
    public struct Content: Sendable, Equatable {
        /// `noError` or `noSuchName`.
        public var code: ResponseCode
        /// What was asked for.
        public var answers: [DNSMessage.Record]
        /// The zone's beginning, where the answer is negative (RFC 2308).
        public var authorities: [DNSMessage.Record]
        /// Addresses of what the answers name.
        public var additionals: [DNSMessage.Record]

        /// A content from its parts.
        public init(
            code: ResponseCode = .noError,
            answers: [DNSMessage.Record] = [],
            authorities: [DNSMessage.Record] = [],
            additionals: [DNSMessage.Record] = []
        ) {
            self.code = code
            self.answers = answers
            self.authorities = authorities
            self.additionals = additionals
        }
    }
}
