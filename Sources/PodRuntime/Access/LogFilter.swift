import KubernetesAPI

/// Turns entries of CRI's log format into what a reader wants of them; pure.
struct LogFilter: Sendable {
    private let since: Timestamp?
    private let hasTimestamps: Bool
    private var room: Int?
    private var line: [UInt8] = []
    /// Whether the entry before was only a part of its line.
    private var isInLine = false
    /// Whether anything has come at all.
    private(set) var hasCome = false

    /// A longer entry is none of the runtime's.
    private static let entryLimit = 1 << 20

    init(since: Timestamp? = nil, hasTimestamps: Bool = false, limit: Int? = nil) {
        self.since = since
        self.hasTimestamps = hasTimestamps
        room = limit.map { max(0, $0) }
    }

    /// Whether no more is wanted.
    var isFull: Bool { room == 0 }

    /// What comes of the bytes that follow.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        for byte in bytes {
            hasCome = true
            if byte == UInt8(ascii: "\n") {
                append(to: &result)
                line.removeAll(keepingCapacity: true)
            } else if line.count < Self.entryLimit {
                line.append(byte)
            }
        }
        if let left = room {
            if result.count > left { result.removeLast(result.count - left) }
            room = left - result.count
        }
        return result
    }

    private mutating func append(to result: inout [UInt8]) {
        let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard fields.count == 4 else { return }
        if let since {
            guard let time = Timestamp(String(decoding: fields[0], as: UTF8.self)), time >= since else { return }
        }
        if hasTimestamps, !isInLine { result += fields[0] + [UInt8(ascii: " ")] }
        result += fields[3]
        isInLine = fields[2].elementsEqual("P".utf8)
        if !isInLine { result.append(UInt8(ascii: "\n")) }
    }
}

/// The last lines of what goes by. A line that is in several entries counts as one.
struct LogTail: Sendable {
    private let count: Int
    /// Each line with its entries; a ring, so that going by costs nothing more for long tails.
    private var ring: [[UInt8]] = []
    private var start = 0
    private var line: [UInt8] = []
    /// The entry that has not ended.
    private(set) var rest: [UInt8] = []
    /// Lines that are kept at most, whatever was asked for.
    private static let limit = 1_000_000

    init(count: Int) { self.count = min(max(0, count), Self.limit) }

    mutating func take(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            rest.append(byte)
            guard byte == UInt8(ascii: "\n") else { continue }
            line += rest
            let fields = rest.split(separator: UInt8(ascii: " "), maxSplits: 3)
            rest.removeAll(keepingCapacity: true)
            if fields.count > 2, fields[2].elementsEqual("P".utf8) { continue }
            keep()
        }
    }

    private mutating func keep() {
        defer { line = [] }
        guard count > 0 else { return }
        if ring.count < count {
            ring.append(line)
        } else {
            ring[start] = line
            start = (start + 1) % count
        }
    }

    /// The lines, in order.
    var lines: [[UInt8]] {
        Array(ring[start...] + ring[..<start]) + (line.isEmpty || count == 0 ? [] : [line])
    }
}
