import Yams

/// A YAML document whose mappings may name a key twice, as Go's lenient decoding lets them: the last one counts.
///
/// Yams refuses such documents, and says which key and where its first occurrence is. That one is renamed and the
/// document parsed again, until there is nothing left to rename.
struct YAMLDocument {
    /// The key in whose place the earlier occurrences of a key stand.
    static let supersededKey = "superseded-key-"

    /// A key that stands twice in its mapping.
    struct Duplicate: Equatable {
        var key: String
        var line: Int
    }

    /// Nil for an empty document.
    let root: Node?
    /// The keys that were given more than once, at their first occurrence.
    private(set) var duplicates: [Duplicate] = []

    /// Parses a single document.
    ///
    /// - Throws: The line and what is wrong with the syntax there.
    init(_ text: String) throws(SyntaxError) {
        var text = text
        while true {
            do {
                root = try compose(yaml: text)
                return
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                let isProgress = duplicates.count < 1_000
                guard isProgress, let key = keys.first, Self.rename(key, at: context.mark, duplicates.count, &text)
                else {
                    throw SyntaxError(line: context.mark.line, reason: "the key \(keys.first ?? "?") is not unique")
                }
                duplicates.append(Duplicate(key: key, line: context.mark.line))
            } catch {
                throw SyntaxError(error)
            }
        }
    }

    /// Replaces the key at the mark; false where it is not there.
    private static func rename(_ key: String, at mark: Mark, _ number: Int, _ text: inout String) -> Bool {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.indices.contains(mark.line - 1) else { return false }
        var scalars = String.UnicodeScalarView(lines[mark.line - 1].unicodeScalars.prefix(mark.column - 1))
        var rest = lines[mark.line - 1].unicodeScalars.dropFirst(mark.column - 1)
        while let quote = rest.first, quote == "\"" || quote == "'" { scalars.append(rest.removeFirst()) }
        guard rest.starts(with: key.unicodeScalars) else { return false }
        scalars.append(contentsOf: "\(supersededKey)\(number)".unicodeScalars)
        scalars.append(contentsOf: rest.dropFirst(key.unicodeScalars.count))
        lines[mark.line - 1] = String(scalars)
        text = lines.joined(separator: "\n")
        return true
    }

    /// A document that is not YAML.
    struct SyntaxError: Error, Equatable {
        /// Counted from 1; 0 where it is not known.
        var line: Int
        var reason: String
    }
}

extension YAMLDocument.SyntaxError {
    init(_ error: any Error) {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            self.init(line: mark.line, reason: problem)
        case YamlError.reader(let problem, _, _, _):
            self.init(line: 0, reason: problem)
        default:
            self.init(line: 0, reason: "\(error)")
        }
    }
}
