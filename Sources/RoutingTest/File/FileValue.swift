import JSON
import KubernetesAPI

/// A value of a test file, and the line that it stands on.
struct FileValue: Sendable {
    /// A name and its value.
    struct Member: Sendable {
        let name: String
        let line: Int
        let value: FileValue
    }

    indirect enum Content: Sendable {
        case null
        case bool(Bool)
        case number(String)
        case string(String)
        case array([FileValue])
        case object([Member])
    }

    let line: Int
    let content: Content

    /// Reads the one document of a file.
    ///
    /// - Throws: ``TestFileError`` where it is no YAML, or more than one document.
    init(file: String, _ text: [UInt8]) throws(TestFileError) {
        let documents: [YAMLDocument.Located]
        do {
            documents = try YAMLDocument.documents(of: text)
        } catch {
            throw TestFileError(file: file, line: error.line, reason: error.reason)
        }
        guard let document = documents.first else {
            throw TestFileError(file: file, reason: "nothing stands in it; it needs nodes and flows at least")
        }
        guard documents.count == 1 else {
            throw TestFileError(
                file: file,
                line: documents[1].line(of: 0),
                reason: "a test file is one document; put manifests under manifests:, and other tests into other files"
            )
        }
        var reader = JSONReader(document.json)
        do {
            self = try Self(&reader, document)
        } catch {
            throw TestFileError(file: file, line: document.line(of: error.offset), reason: "\(error)")
        }
    }

    /// The value at the reader. The converter has bounded how deep values are nested.
    private init(_ reader: inout JSONReader, _ document: YAMLDocument.Located) throws(JSONError) {
        reader.skipWhitespace()
        let line = document.line(of: reader.offset)
        self.line = line
        switch try reader.nextByte() {
        case UInt8(ascii: "{"):
            var members: [Member] = []
            try reader.beginObject()
            while try reader.nextMember() {
                let line = document.line(of: reader.offset)
                let name = try reader.text(of: try reader.scanString())
                try reader.readColon()
                members.append(Member(name: name, line: line, value: try Self(&reader, document)))
            }
            content = .object(members)
        case UInt8(ascii: "["):
            var elements: [FileValue] = []
            try reader.beginArray()
            while try reader.nextElement() { elements.append(try Self(&reader, document)) }
            content = .array(elements)
        default:
            content =
                switch try reader.readValue() {
                case .bool(let value): .bool(value)
                case .number(let text): .number(text)
                case .string(let text): .string(text)
                default: .null
                }
        }
    }

    /// The value without its lines.
    var json: JSONValue {
        switch content {
        case .null: .null
        case .bool(let value): .bool(value)
        case .number(let text): .number(text)
        case .string(let text): .string(text)
        case .array(let elements): .array(elements.map(\.json))
        case .object(let members):
            .object(
                members.reduce(into: JSONObject()) { object, member in object[member.name] = member.value.json }
            )
        }
    }

    /// A string, or a number as it is written: names may look like numbers.
    var text: String? {
        switch content {
        case .string(let text), .number(let text): text
        default: nil
        }
    }

    /// What it is, for errors.
    var kind: String {
        switch content {
        case .null: "nothing"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
