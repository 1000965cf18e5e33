import Observability

/// What other servers said, for as long as they said it holds; the oldest goes where there is too much.
struct AnswerCache: Sendable {
    /// What it is bounded by.
    struct Limits: Sendable, Equatable {
        /// Answers.
        var count = 10_000
        /// Bytes of memory.
        var byteCount = 16 << 20
        /// The longest lifetime in seconds, whatever the answer says.
        var longest: UInt32 = 3_600
        /// The same for what is not there.
        var longestNegative: UInt32 = 900
        /// Seconds for which it is remembered that nobody knew an answer (RFC 9520: 1 to 300).
        var failure: UInt32 = 2
    }

    /// What was asked; only what changes the answer.
    struct Key: Sendable, Hashable {
        var question: DNSMessage.Question
        /// DO.
        var wantsSignatures = false
        /// CD.
        var checkingDisabled = false
    }

    /// What is remembered of a question.
    struct Memory: Sendable {
        fileprivate let bytes: [UInt8]
        fileprivate let age: UInt32

        /// The answer, with the time that is left; nil where it cannot be read, as it always can.
        var answer: RemoteAnswer? { (try? DNSMessage(bytes)).map { RemoteAnswer($0).aged(by: age) } }
    }

    private struct Entry: Sendable {
        /// The answer as a message.
        var bytes: [UInt8]
        var stored: MonotonicTime
        var lifetime: UInt32
        /// Which of the entries of this key in the queue is its own.
        var number: UInt64
    }

    /// What an entry takes besides the bytes of its answer and of its name: its places in the table and in the queue,
    /// each with room to grow, and two arrays.
    private static let entryOverhead = 384

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

    /// Bytes of memory that an answer takes.
    static func cost(of bytes: [UInt8], for key: Key) -> Int {
        bytes.count + key.question.name.wire.count + entryOverhead
    }

    /// What is remembered of a question; nil where nothing is, or not any more.
    mutating func find(_ key: Key, at now: MonotonicTime) -> Memory? {
        guard let entry = entries[key] else { return nil }
        let age = now.duration(since: entry.stored).components.seconds
        guard age < Int64(entry.lifetime) else {
            remove(key)
            return nil
        }
        return Memory(bytes: entry.bytes, age: UInt32(clamping: age))
    }

    /// Remembers an answer, if it may be.
    ///
    /// - Parameter bytes: The answer as a message.
    mutating func store(_ answer: RemoteAnswer, as bytes: [UInt8], for key: Key, at now: MonotonicTime) {
        let lifetime = answer.lifetime(of: key.question.type, limits)
        let cost = Self.cost(of: bytes, for: key)
        remove(key)
        guard lifetime > 0, cost <= limits.byteCount / 16, limits.count > 0 else { return }
        nextNumber += 1
        entries[key] = Entry(
            bytes: bytes,
            stored: now,
            lifetime: lifetime,
            number: nextNumber
        )
        queue.append((key, nextNumber))
        byteCount += cost
        while entries.count > limits.count || byteCount > limits.byteCount { dropOldest() }
        compact()
    }

    private mutating func remove(_ key: Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        byteCount -= Self.cost(of: entry.bytes, for: key)
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
