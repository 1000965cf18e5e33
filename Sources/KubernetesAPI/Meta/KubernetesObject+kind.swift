import JSON

extension JSONReader {
    /// Reads `kind`, and refuses any but the expected one: a server may answer with another object than was asked for.
    mutating func readKind(_ expected: String...) throws(JSONError) {
        skipWhitespace()
        let start = offset
        let kind = try readString()
        guard let first = expected.first, !expected.contains(kind) else { return }
        throw JSONError(offset: start, reason: "Invalid value: \"\(kind)\": cannot be handled as a \(first)")
    }
}
