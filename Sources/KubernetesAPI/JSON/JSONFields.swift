/// The names of the fields that a decoder wants, prepared so that looking one up costs a few comparisons.
///
/// Made once per type, from an enum whose raw values are the names.
public struct JSONFields<Field: RawRepresentable<String> & CaseIterable & Sendable>: Sendable {
    private struct Entry: Sendable {
        let field: Field
        /// Where its name begins in `names`.
        let start: Int
    }

    /// All names, one after the other.
    private let names: [UInt8]
    /// In the order of their names' lengths.
    private let entries: [Entry]
    /// At each length, the first entry of at least that length; one more at the end.
    private let firstEntries: [Int]

    /// The cases of the enum.
    public init() {
        let fields = Field.allCases.sorted { $0.rawValue.utf8.count < $1.rawValue.utf8.count }
        var names: [UInt8] = []
        var entries: [Entry] = []
        var firstEntries: [Int] = []
        for field in fields {
            let name = Array(field.rawValue.utf8)
            while firstEntries.count <= name.count { firstEntries.append(entries.count) }
            entries.append(Entry(field: field, start: names.count))
            names += name
        }
        firstEntries.append(entries.count)
        self.names = names
        self.entries = entries
        self.firstEntries = firstEntries
    }

    /// The field whose name is these bytes of `bytes`.
    func find(in bytes: [UInt8], start: Int, count: Int) -> Field? {
        guard count + 1 < firstEntries.count else { return nil }
        for index in firstEntries[count]..<firstEntries[count + 1] {
            let entry = entries[index]
            var position = 0
            while position < count, names[entry.start + position] == bytes[start + position] { position += 1 }
            if position == count { return entry.field }
        }
        return nil
    }

    /// The field of that name.
    subscript(name: [UInt8]) -> Field? {
        find(in: name, start: 0, count: name.count)
    }
}
