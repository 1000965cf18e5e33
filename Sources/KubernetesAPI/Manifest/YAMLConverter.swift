import JSON
import Yams

/// Why a text is not the YAML that was expected.
struct YAMLError: Error, Equatable {
    /// The line of the file, from 1.
    var line: Int
    /// What is wrong.
    var reason: String
}

/// Turns a YAML document into JSON, so that one decoder per kind serves both, and notes which line each value is from.
struct YAMLConverter {
    private var writer = JSONWriter()
    private var lines = LineTable()
    /// Lines of the file before the document.
    private let precedingLines: Int
    /// The most JSON that may come out: much more than any document is without aliases.
    private let outputLimit: Int
    private var depth = 0

    private init(_ document: YAMLText.Document) {
        precedingLines = document.line - 1
        // A byte takes at most six in JSON.
        outputLimit = YAMLAliases.limit + 8 * document.bytes.count
    }

    /// Converts a document; nil for one in which nothing stands.
    static func convert(_ document: YAMLText.Document) throws(YAMLError) -> (json: [UInt8], lines: LineTable)? {
        guard YAMLAliases.estimate(in: document.bytes) != nil else {
            throw YAMLError(
                line: document.line,
                reason: "aliases stand for more than \(YAMLAliases.limit >> 20) MiB; write out what they stand for"
            )
        }
        guard let node = try parse(document), !node.isNull else { return nil }
        var converter = YAMLConverter(document)
        try converter.write(node, line: converter.line(of: node))
        return (converter.writer.bytes, converter.lines)
    }

    private static func parse(_ document: YAMLText.Document) throws(YAMLError) -> Yams.Node? {
        guard let text = String(validating: document.bytes, as: UTF8.self) else {
            throw YAMLError(line: document.line, reason: "the text is not UTF-8")
        }
        do {
            // Without rules for scalars: their meaning is decided here.
            return try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw YAMLError(error, in: document)
        } catch {
            throw YAMLError(line: document.line, reason: "not YAML: \(error)")
        }
    }

    private func line(of node: Yams.Node) -> Int {
        precedingLines + (node.mark?.line ?? 1)
    }

    /// - Parameter line: Where whoever looks for the value should look.
    private mutating func write(_ node: Yams.Node, line: Int) throws(YAMLError) {
        lines.note(offset: writer.bytes.count, line: line)
        guard writer.bytes.count <= outputLimit else {
            throw YAMLError(line: line, reason: "aliases stand for too much; write out what they stand for")
        }
        guard depth < JSONReader.depthLimit else {
            throw YAMLError(line: line, reason: "nested more than \(JSONReader.depthLimit) deep")
        }
        depth += 1
        defer { depth -= 1 }
        switch node {
        case .scalar(let scalar): try write(scalar, line: line)
        case .mapping(let mapping):
            try checkTag(mapping.tag, is: .map, line: line)
            writer.beginObject()
            for (key, value) in try members(of: mapping, line: line) {
                lines.note(offset: writer.bytes.count, line: key.line)
                writer.name(key.text)
                // A block that hangs under a key is found by the key.
                try write(value, line: value.scalar == nil ? key.line : self.line(of: value))
            }
            writer.endObject()
        case .sequence(let sequence):
            try checkTag(sequence.tag, is: .seq, line: line)
            writer.beginArray()
            for element in sequence { try write(element, line: self.line(of: element)) }
            writer.endArray()
        case .alias:
            // The parser puts in what aliases stand for.
            throw YAMLError(line: line, reason: "an alias stands for nothing")
        }
    }

    // MARK: Scalars

    private mutating func write(_ scalar: Yams.Node.Scalar, line: Int) throws(YAMLError) {
        switch scalar.tag.rawValue {
        case Tag.Name.implicit.rawValue where scalar.style == .plain,
            Tag.Name.int.rawValue, Tag.Name.float.rawValue, Tag.Name.bool.rawValue, Tag.Name.null.rawValue:
            switch YAMLScalar(plain: scalar.string) {
            case .null: writer.null()
            case .bool(let bool): writer.value(bool)
            case .number: writer.value(verbatim: scalar.string)
            case .string: writer.value(scalar.string)
            }
        case Tag.Name.implicit.rawValue, Tag.Name.nonSpecific.rawValue, Tag.Name.str.rawValue,
            Tag.Name.binary.rawValue, Tag.Name.timestamp.rawValue:
            writer.value(scalar.string)
        default:
            throw YAMLError(line: line, reason: "the tag \(scalar.tag.rawValue.quoted) has no meaning here; remove it")
        }
    }

    private func checkTag(_ tag: Tag, is name: Tag.Name, line: Int) throws(YAMLError) {
        guard [Tag.Name.implicit.rawValue, Tag.Name.nonSpecific.rawValue, name.rawValue].contains(tag.rawValue) else {
            throw YAMLError(line: line, reason: "the tag \(tag.rawValue.quoted) has no meaning here; remove it")
        }
    }

    // MARK: Mappings

    private struct Key {
        let text: String
        let line: Int
    }

    /// The members of a mapping; those of mappings that are merged into it (`<<`) come last.
    private func members(
        of mapping: Yams.Node.Mapping,
        line: Int
    ) throws(YAMLError) -> [(key: Key, value: Yams.Node)] {
        var members: [(key: Key, value: Yams.Node)] = []
        var merged: [Yams.Node] = []
        for (key, value) in mapping {
            guard let scalar = key.scalar else {
                throw YAMLError(line: self.line(of: key), reason: "a name must be a text, not a list or an object")
            }
            if scalar.string == "<<", scalar.style == .plain {
                merged += value.sequence.map(Array.init) ?? [value]
            } else {
                members.append((Key(text: scalar.string, line: self.line(of: key)), value))
            }
        }
        guard !merged.isEmpty else { return members }
        // What is written here counts, then what is merged first.
        var names = Set(members.map(\.key.text))
        for node in merged {
            guard let mapping = node.mapping else {
                throw YAMLError(
                    line: self.line(of: node),
                    reason: "<< must be followed by an object or a list of objects"
                )
            }
            for (key, value) in try self.members(of: mapping, line: line) where names.insert(key.text).inserted {
                members.append((Key(text: key.text, line: line), value))
            }
        }
        return members
    }
}

extension Yams.Node {
    /// Whether it is a scalar without quotes that means nothing.
    fileprivate var isNull: Bool {
        guard let scalar, scalar.style == .plain else { return false }
        return YAMLScalar(plain: scalar.string) == .null
    }
}

extension YAMLError {
    /// What the parser found wrong in a document.
    fileprivate init(_ error: YamlError, in document: YAMLText.Document) {
        let line = { (mark: Mark) in document.line - 1 + mark.line }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let text = context.map { ", \($0.text) that began on line \(line($0.mark))" } ?? ""
            self.init(line: line(mark), reason: "not YAML: \(problem)\(text)")
        case .duplicatedKeysInMapping(let names, let context):
            let names = names.map(\.quoted).joined(separator: ", ")
            self.init(line: line(context.mark), reason: "Duplicate value: \(names) is there twice")
        case .reader(let problem, let offset, _, let text):
            let lineBreaks = offset.map { text.prefix($0).filter(\.isNewline).count } ?? 0
            self.init(line: document.line + lineBreaks, reason: "not YAML: \(problem)")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            self.init(line: document.line, reason: "not YAML: \(error)")
        }
    }
}
