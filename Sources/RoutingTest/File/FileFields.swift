import JSON

/// The fields of one object of a test file.
struct FileFields {
    /// Where the object stands: `flows[2]`; empty for the file.
    let path: String
    let line: Int
    private let members: [FileValue.Member]

    /// Reads an object.
    ///
    /// - Parameters:
    ///   - known: Every field that there is; each other one is an error.
    ///   - problems: Gets the errors.
    init?(_ value: FileValue, _ path: String, known: [String], problems: inout Problems) {
        guard case .object(let members) = value.content else {
            problems.add(
                value,
                path,
                "must be an object with the fields \(known.joined(separator: ", ")), not \(value.kind)"
            )
            return nil
        }
        self.path = path
        line = value.line
        self.members = members.filter { known.contains($0.name) }
        for member in members where !known.contains(member.name) {
            let hint = Suggestion.text(for: member.name, among: known)
            let all = hint.isEmpty ? "; there are \(known.joined(separator: ", "))" : hint
            problems.add(member.value, self.path(of: member.name), "there is no such field\(all)", line: member.line)
        }
    }

    /// The value of a field; nil where it is not there, or null.
    subscript(_ name: String) -> FileValue? {
        guard let value = members.first(where: { $0.name == name })?.value else { return nil }
        if case .null = value.content { return nil }
        return value
    }

    /// The path of a field.
    func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// A text; nil where it is not there, or wrong.
    func text(_ name: String, _ problems: inout Problems) -> String? {
        guard let value = self[name] else { return nil }
        return problems.text(value, path(of: name))
    }

    /// A text that must be there.
    func required(_ name: String, _ remedy: String, _ problems: inout Problems) -> String? {
        guard self[name] != nil else {
            problems.add(line: line, path(of: name), "is missing; \(remedy)")
            return nil
        }
        return text(name, &problems)
    }

    /// `true` or `false`.
    func flag(_ name: String, default standard: Bool, _ problems: inout Problems) -> Bool {
        guard let value = self[name] else { return standard }
        if case .bool(let flag) = value.content { return flag }
        problems.add(value, path(of: name), "must be true or false, not \(value.kind)")
        return standard
    }

    /// A list, of which a single value is a short form; empty where it is not there.
    func list(_ name: String) -> [(value: FileValue, path: String)] {
        guard let value = self[name] else { return [] }
        guard case .array(let elements) = value.content else { return [(value, path(of: name))] }
        return elements.enumerated().map { ($1, "\(path(of: name))[\($0)]") }
    }

    /// The most elements that a list of a flow may have: they multiply.
    static let listLimit = 500

    /// A list of texts, of which a single text is a short form.
    func texts(_ name: String, _ problems: inout Problems) -> [String] {
        list(name).compactMap { problems.text($0.value, $0.path) }
    }

    /// An object of texts.
    func textMap(_ name: String, _ problems: inout Problems) -> [String: String] {
        guard let value = self[name] else { return [:] }
        guard case .object(let members) = value.content else {
            problems.add(value, path(of: name), "must be an object of texts, not \(value.kind)")
            return [:]
        }
        return members.reduce(into: [:]) { map, member in
            map[member.name] = problems.text(member.value, "\(path(of: name)).\(member.name)")
        }
    }
}

/// The errors found in a file so far.
struct Problems {
    let file: String
    private(set) var errors: [TestFileError] = []

    /// How many are kept: after a few the rest follows from them.
    static let limit = 20

    init(file: String) { self.file = file }

    mutating func add(line: Int?, _ field: String, _ reason: String) {
        guard errors.count < Self.limit else { return }
        errors.append(TestFileError(file: file, line: line, field: field, reason: reason))
    }

    mutating func add(_ value: FileValue, _ field: String, _ reason: String, line: Int? = nil) {
        add(line: line ?? value.line, field, reason)
    }

    /// A text that is not empty.
    mutating func text(_ value: FileValue, _ path: String) -> String? {
        guard let text = value.text, !text.isEmpty else {
            add(value, path, value.text == nil ? "must be a text, not \(value.kind)" : "must not be empty")
            return nil
        }
        return text
    }

    /// One of a few words.
    mutating func word<Word>(_ value: FileValue, _ path: String, of words: [(String, Word)]) -> Word? {
        guard let text = text(value, path) else { return nil }
        if let word = words.first(where: { $0.0 == text })?.1 { return word }
        let names = words.map(\.0)
        let hint = Suggestion.text(for: text, among: names)
        add(value, path, "\"\(text)\" is none of \(names.joined(separator: ", "))\(hint)")
        return nil
    }

    /// Throws what was found.
    func check() throws(TestFileErrors) {
        guard errors.isEmpty else { throw TestFileErrors(errors) }
    }
}
