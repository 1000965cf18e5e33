/// Which line of a file the bytes of its JSON come from.
struct LineTable: Sendable {
    private struct Entry {
        let offset: Int
        let line: Int
    }

    /// In the order of offsets, and so of search.
    private var entries: [Entry] = []

    /// A table that knows nothing: all comes from line 1.
    init() {}

    /// The lines of a text that is JSON itself.
    init(of text: [UInt8]) {
        var line = 1
        for (offset, byte) in text.enumerated() where byte == UInt8(ascii: "\n") {
            line += 1
            note(offset: offset + 1, line: line)
        }
    }

    /// The bytes from `offset` on, up to those of the next note, come from this line; offsets never fall.
    mutating func note(offset: Int, line: Int) {
        entries.append(Entry(offset: offset, line: line))
    }

    /// The line that a byte comes from.
    func line(of offset: Int) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].offset <= offset { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 1 : entries[low - 1].line
    }
}
