/// A domain name as it stands in messages: labels with their lengths before them, and the root at the end.
///
/// At most 255 bytes with labels of 1 to 63 (RFC 1035, 2.3.4). It keeps its spelling; two names that differ in the case
/// of ASCII letters only are equal (RFC 4343).
public struct DNSName: Sendable {
    /// Longest name in bytes, the root's zero included.
    public static let maximumByteCount = 255
    /// Longest label in bytes.
    public static let maximumLabelByteCount = 63

    /// Its bytes in a message, not compressed.
    public let wire: [UInt8]

    /// The root, `.`.
    public static let root = DNSName(checkedWire: [0])

    /// A name whose bytes follow the rules.
    init(checkedWire wire: [UInt8]) {
        self.wire = wire
    }

    /// The name made of these labels, outermost last; nil where one is empty or too long, or all together are.
    public init?(labels: some Sequence<some Collection<UInt8>>) {
        var wire: [UInt8] = []
        for label in labels {
            guard (1...Self.maximumLabelByteCount).contains(label.count) else { return nil }
            wire.append(UInt8(label.count))
            wire += label
            guard wire.count < Self.maximumByteCount else { return nil }
        }
        wire.append(0)
        self.wire = wire
    }

    /// The name with one more label before it; nil where that does not fit.
    public func prepending(_ label: some Collection<UInt8>) -> DNSName? {
        guard (1...Self.maximumLabelByteCount).contains(label.count) else { return nil }
        guard wire.count + label.count + 1 <= Self.maximumByteCount else { return nil }
        return DNSName(checkedWire: [UInt8(label.count)] + label + wire)
    }

    /// The name with these labels before it, each an ASCII text; nil where that does not fit.
    public func prepending(_ labels: String...) -> DNSName? {
        var name = self
        for label in labels.reversed() {
            guard let longer = name.prepending(Array(label.utf8)) else { return nil }
            name = longer
        }
        return name
    }

    /// Its labels, outermost last; none for the root.
    public var labels: [ArraySlice<UInt8>] {
        var labels: [ArraySlice<UInt8>] = []
        var offset = 0
        while offset < wire.count, wire[offset] != 0 {
            let end = offset + 1 + Int(wire[offset])
            labels.append(wire[(offset + 1)..<end])
            offset = end
        }
        return labels
    }

    /// Where each of its labels begins in ``wire``, the root excluded.
    var labelOffsets: [Int] {
        var offsets: [Int] = []
        var offset = 0
        while offset < wire.count, wire[offset] != 0 {
            offsets.append(offset)
            offset += 1 + Int(wire[offset])
        }
        return offsets
    }

    /// Whether it is that name or below it.
    public func isWithin(_ parent: DNSName) -> Bool { byteCount(before: parent) != nil }

    /// Its labels before a parent, in lower case; nil where it is not below it, or has bytes that are not ASCII.
    public func labels(before parent: DNSName) -> [String]? {
        guard let count = byteCount(before: parent) else { return nil }
        var labels: [String] = []
        var offset = 0
        while offset < count {
            let end = offset + 1 + Int(wire[offset])
            let label = wire[(offset + 1)..<end]
            guard label.allSatisfy({ $0 < 0x80 }) else { return nil }
            labels.append(String(decoding: label.lazy.map { Self.lowercased($0) }, as: UTF8.self))
            offset = end
        }
        return labels
    }

    /// Number of bytes before the parent's; nil where it is not that name or below it.
    private func byteCount(before parent: DNSName) -> Int? {
        let start = wire.count - parent.wire.count
        guard start >= 0 else { return nil }
        for index in 0..<parent.wire.count {
            guard Self.lowercased(wire[start + index]) == Self.lowercased(parent.wire[index]) else { return nil }
        }
        // The same bytes may begin inside a label.
        var offset = 0
        while offset < start { offset += 1 + Int(wire[offset]) }
        return offset == start ? start : nil
    }

    /// The byte, an ASCII capital as its small letter. Lengths of labels are below the letters, and stay.
    static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
    }
}

extension DNSName: Hashable {
    /// Equal but for the case of ASCII letters.
    public static func == (left: DNSName, right: DNSName) -> Bool {
        guard left.wire.count == right.wire.count else { return false }
        for index in left.wire.indices {
            guard lowercased(left.wire[index]) == lowercased(right.wire[index]) else { return false }
        }
        return true
    }

    /// Eight bytes at a time: names are hashed for every question.
    public func hash(into hasher: inout Hasher) {
        var word: UInt64 = 0
        var filled = 0
        for byte in wire {
            word = word << 8 | UInt64(Self.lowercased(byte))
            filled += 1
            if filled == 8 {
                hasher.combine(word)
                word = 0
                filled = 0
            }
        }
        hasher.combine(word)
    }
}
