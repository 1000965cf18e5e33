/// Finds what somebody meant who wrote a name wrong.
enum Suggestion {
    /// ` — did you mean X?`, or nothing where no known name is near.
    static func text(for name: String, among known: some Sequence<String>) -> String {
        nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
    }

    /// The known name that takes the fewest letters to change, if that is at most a third of them.
    static func nearest(to name: String, among known: some Sequence<String>) -> String? {
        // Names in files are short; what is longer than this is no misspelt name.
        guard name.utf8.count <= 64 else { return nil }
        let wanted = Array(name.lowercased().utf8)
        let rated = known.map { (name: $0, distance: distance(wanted, Array($0.lowercased().utf8.prefix(64)))) }
        guard let best = rated.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, min(wanted.count, best.name.utf8.count) / 3) ? best.name : nil
    }

    /// Levenshtein's distance.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (position, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = position + 1
            for index in right.indices {
                let above = row[index + 1]
                row[index + 1] = min(above + 1, row[index] + 1, diagonal + (letter == right[index] ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
