/// Who knows names: a zone, held so that it can be asked while it changes.
public protocol NameAuthority: Sendable {
    /// What is known of a question of class IN.
    func answer(_ question: DNSMessage.Question) -> ZoneAnswer
}
