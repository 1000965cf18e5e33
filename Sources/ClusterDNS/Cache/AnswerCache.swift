import Observability

/// What other servers said, for as long as they said it holds; the oldest goes where there is too much.
struct AnswerCache: Sendable {
    /// What it is bounded by.
    struct Limits: Sendable, Equatable {
        /// Answers.
        var count = 10_000
        /// Bytes of the messages they came in.
        var byteCount = 16 << 20
        /// The longest lifetime in seconds, whatever the answer says.
        var longest: UInt32 = 3_600
        /// The same for what is not there.
        var longestNegative: UInt32 = 900
    }

    /// What was asked; only what changes the answer.
    struct Key: Sendable, Hashable {
        var question: DNSMessage.Question
        /// DO.
        var wantsSignatures = false
        /// CD.
        var checkingDisabled = false
    }

    private struct Entry: Sendable {
        var answer: RemoteAnswer
        var stored: MonotonicTime
        var lifetime: UInt32
        var byteCount: Int
        /// Which of the entries of this key in the queue is its own.
        var number: UInt64
    }

    private let limits: Limits
    private var entries: [Key: Entry] = [:]
    /// In the order in which they came; those whose number is another one's are no more.
    private var queue: [(key: Key, number: UInt64)] = []
    private var queueStart = 0
    private var nextNumber: UInt64 = 0
    private(set) var byteCount = 0

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Number of answers.
    var count: Int { entries.count }

    /// The answer to a question, with the time that is left; nil where there is none.
    mutating func answer(to key: Key, at now: MonotonicTime) -> RemoteAnswer? {
        guard let entry = entries[key] else { return nil }
        let age = now.duration(since: entry.stored).components.seconds
        guard age < Int64(entry.lifetime) else {
            remove(key)
            return nil
        }
        return entry.answer.aged(by: UInt32(clamping: age))
    }

    /// Remembers an answer, if it may be.
    mutating func store(_ answer: RemoteAnswer, byteCount: Int, for key: Key, at now: MonotonicTime) {
        let lifetime = answer.lifetime(longest: limits.longest, longestNegative: limits.longestNegative)
        remove(key)
        guard lifetime > 0, byteCount <= limits.byteCount / 16, limits.count > 0 else { return }
        nextNumber += 1
        entries[key] = Entry(
            answer: answer,
            stored: now,
            lifetime: lifetime,
            byteCount: byteCount,
            number: nextNumber
        )
        queue.append((key, nextNumber))
        self.byteCount += byteCount
        while entries.count > limits.count || self.byteCount > limits.byteCount { dropOldest() }
        compact()
    }

    private mutating func remove(_ key: Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        byteCount -= entry.byteCount
    }

    private mutating func dropOldest() {
        guard queueStart < queue.count else { return }
        let (key, number) = queue[queueStart]
        queueStart += 1
        if entries[key]?.number == number { remove(key) }
    }

    /// Forgets what the queue has of entries that are no more, when it is most of it.
    private mutating func compact() {
        guard queue.count > 2 * entries.count + 64 else { return }
        queue = queue[queueStart...].filter { entries[$0.key]?.number == $0.number }
        queueStart = 0
    }
}
