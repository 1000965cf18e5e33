/// Names in the order of their lengths, to look one up by comparing it with those of its length.
///
/// Knows nothing of the type that they belong to, so that modules which import this one need no copy of the search.
@usableFromInline
struct JSONNames: Sendable {
    /// All names, one after the other.
    private let bytes: [UInt8]
    /// Where each begins in `bytes`.
    private let starts: [Int]
    /// At each length, the first name of at least that length; one more at the end.
    private let firstIndices: [Int]

    /// - Parameter names: The shortest first.
    init(_ names: [[UInt8]]) {
        var bytes: [UInt8] = []
        var starts: [Int] = []
        var firstIndices: [Int] = []
        for name in names {
            while firstIndices.count <= name.count { firstIndices.append(starts.count) }
            starts.append(bytes.count)
            bytes += name
        }
        firstIndices.append(starts.count)
        self.bytes = bytes
        self.starts = starts
        self.firstIndices = firstIndices
    }

    /// The index of the name that is these bytes of `key`.
    func find(in key: [UInt8], start: Int, count: Int) -> Int? {
        guard count + 1 < firstIndices.count else { return nil }
        for index in firstIndices[count]..<firstIndices[count + 1] {
            let first = starts[index]
            var position = 0
            while position < count, bytes[first + position] == key[start + position] { position += 1 }
            if position == count { return index }
        }
        return nil
    }

    /// The index of the name.
    subscript(name: [UInt8]) -> Int? {
        find(in: name, start: 0, count: name.count)
    }
}
