/// Keys from one up to, not including, another; in the order of their UTF-8 bytes.
public struct KeyRange: Sendable, Hashable {
    /// The first key.
    public var start: String
    /// The first key past the range; nil for no end.
    public var end: String?

    /// A range from its ends.
    public init(start: String, end: String?) {
        self.start = start
        self.end = end
    }

    /// All keys that begin with this ASCII text.
    ///
    /// - Parameter prefix: Ends with a character below 0x7f, such as `/`; its successor takes the last place in `end`.
    public init(prefix: String) {
        var bytes = Array(prefix.utf8)
        guard let last = bytes.popLast() else {
            self.init(start: "", end: nil)
            return
        }
        bytes.append(last &+ 1)
        self.init(start: prefix, end: String(decoding: bytes, as: UTF8.self))
    }

    /// What a store writes to, so that a watch of the range is told something.
    public var progressKey: String { start + "trama.progress" }

    /// One key and nothing else.
    public init(key: String) {
        self.init(start: key, end: key + "\0")
    }

    /// Whether the key is within.
    public func contains(_ key: String) -> Bool {
        guard !key.utf8.lexicographicallyPrecedes(start.utf8) else { return false }
        guard let end else { return true }
        return key.utf8.lexicographicallyPrecedes(end.utf8)
    }
}
