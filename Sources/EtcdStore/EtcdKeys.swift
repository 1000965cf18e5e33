import Storage

/// Where a store's keys are in etcd.
struct EtcdKeys: Sendable {
    /// What stands before each.
    let prefix: [UInt8]

    init(prefix: String) {
        self.prefix = Array(prefix.utf8)
    }

    func key(_ key: String) -> [UInt8] { prefix + Array(key.utf8) }

    /// `key` and `range_end`; nil where no key can be within.
    func range(_ range: KeyRange) -> (key: [UInt8], end: [UInt8])? {
        var start = key(range.start)
        // etcd has no empty key.
        if start.isEmpty { start = [0] }
        guard let last = range.end else { return (start, endOfAll) }
        let end = key(last)
        return start.lexicographicallyPrecedes(end) ? (start, end) : nil
    }

    /// The end of a range without an end: past all keys with the prefix. A zero byte says "to the end" to etcd.
    private var endOfAll: [UInt8] {
        var end = prefix
        while let last = end.popLast() {
            // UTF-8 has no byte 0xff.
            if last < 0xff { return end + [last + 1] }
        }
        return [0]
    }
}
