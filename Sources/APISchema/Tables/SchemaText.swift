import JSON

/// The notation of the tables: one line a message, one line a field.
///
///     package io.k8s.api.core.v1 v1
///     resource Service | What clients dial
///       spec 2 ServiceSpec | What is wanted
///     type ServicePort | A port of a Service
///       port 3 int32 required | The port that clients dial
///
/// `package` gives the names of the following messages their beginning, and their objects an `apiVersion`. `resource` is
/// a kind that has lists (`ServiceList` comes by itself), `kind` one that has none, `type` a part of an object. Both
/// kinds begin with `kind` and `apiVersion`, which protobuf keeps outside of them.
///
/// A field has its JSON name, its protobuf number (`2.1` for field 1 of the message that is field 2), its type, and
/// words: `required`; `always` and `omitempty` where JSON shows it otherwise than is usual (required fields, and those that
/// Go holds in a struct, are always shown); `merge`, `retainKeys`,
/// `key=name` for strategic merge; `default=` with JSON. Types are those of ``FieldType``, `[…]` for a list, `{…}` for a
/// map, or a message of the package, or of another as in `meta.ObjectMeta`; `?` follows where Go has a pointer.
///
/// Text, and not Swift's literals: a row stays on a line, and 1,100 of them cost the compiler nothing.
struct SchemaText {
    /// What was read.
    private(set) var messages: [MessageSchema] = []
    /// Lines that are not of the notation; none in the tables, as a test sees to.
    private(set) var errors: [String] = []
    private var package = ""
    private var apiVersion = ""

    /// Other packages by the names that types have for them.
    private static let packages = [
        "core": "io.k8s.api.core.v1", "meta": "io.k8s.apimachinery.pkg.apis.meta.v1",
        "authentication": "io.k8s.api.authentication.v1",
    ]

    /// Reads a table.
    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "|", maxSplits: 1)
            guard let first = parts.first else { continue }
            let words = first.split(separator: " ")
            guard !words.isEmpty else { continue }
            let summary = parts.count == 2 ? Self.trimmed(parts[1]) : ""
            let isRead = line.utf8.first == UInt8(ascii: " ") ? read(field: words, summary) : read(head: words, summary)
            if !isRead { errors.append(String(line)) }
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " })
    }

    private mutating func read(head words: [Substring], _ summary: String) -> Bool {
        switch (words[0], words.count) {
        case ("package", 3):
            package = String(words[1])
            apiVersion = String(words[2])
        case ("type", 2):
            messages.append(MessageSchema("\(package).\(words[1])", summary, fields: []))
        case ("kind", 2):
            appendKind(String(words[1]), summary, fields: [])
        case ("resource", 2):
            let name = String(words[1])
            let meta = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"
            appendKind(
                "\(name)List",
                "A list of \(name) objects",
                fields: [
                    FieldSchema("metadata", 1, .message(meta), alwaysShown: true, "What holds for the list"),
                    FieldSchema("items", 2, .list(.message("\(package).\(name)")), required: true, "The objects"),
                ]
            )
            appendKind(name, summary, fields: [])
        default:
            return false
        }
        return true
    }

    private mutating func appendKind(_ name: String, _ summary: String, fields: [FieldSchema]) {
        let typeFields = [
            FieldSchema("kind", 0, .string, "What kind of object it is"),
            FieldSchema("apiVersion", 0, .string, "The group and the version in which it is written"),
        ]
        messages.append(
            MessageSchema("\(package).\(name)", summary, apiVersion: apiVersion, fields: typeFields + fields)
        )
    }

    private mutating func read(field words: [Substring], _ summary: String) -> Bool {
        guard words.count >= 3, !messages.isEmpty else { return false }
        let numbers = words[1].split(separator: ".").compactMap { Int($0) }
        let isNullable = words[2].last == "?"
        guard (1...2).contains(numbers.count), let number = numbers.last,
            let type = type(isNullable ? words[2].dropLast() : words[2])
        else { return false }
        var field = FieldSchema(
            String(words[0]),
            number,
            type,
            group: numbers.count == 2 ? numbers[0] : 0,
            nullable: isNullable,
            alwaysShown: !isNullable && type.isStructure,
            summary
        )
        for word in words[3...] where !Self.apply(word, to: &field) { return false }
        messages[messages.count - 1].fields.append(field)
        return true
    }

    private static func apply(_ word: Substring, to field: inout FieldSchema) -> Bool {
        let parts = word.split(separator: "=", maxSplits: 1)
        switch (parts.first, parts.count) {
        case ("required", 1):
            field.isRequired = true
            field.isAlwaysShown = true
        case ("always", 1): field.isAlwaysShown = true
        case ("omitempty", 1): field.isAlwaysShown = false
        case ("merge", 1): field.patchStrategy = .merge
        case ("retainKeys", 1): field.patchStrategy = field.patchStrategy == .merge ? .mergeRetainKeys : .retainKeys
        case ("key", 2): field.mergeKey = String(parts[1])
        case ("default", 2):
            guard let value = try? JSONValue(json: Array(parts[1].utf8)) else { return false }
            field.defaultValue = value
        default: return false
        }
        return true
    }

    private func type(_ text: Substring) -> FieldType? {
        switch (text.first, text.last) {
        case ("[", "]"): return type(text.dropFirst().dropLast()).map { .list($0) }
        case ("{", "}"): return type(text.dropFirst().dropLast()).map { .map($0) }
        default: break
        }
        switch text {
        case "string": return .string
        case "bool": return .bool
        case "int32": return .int32
        case "int64": return .int64
        case "double": return .double
        case "bytes": return .bytes
        case "quantity": return .quantity
        case "intOrString": return .intOrString
        case "time": return .time
        case "microTime": return .microTime
        case "duration": return .duration
        case "fieldsV1": return .fieldsV1
        case "rawExtension": return .rawExtension
        default: break
        }
        let parts = text.split(separator: ".")
        guard parts.count == 2, let package = Self.packages[String(parts[0])] else {
            return parts.count == 1 ? .message("\(package).\(text)") : nil
        }
        return .message("\(package).\(parts[1])")
    }
}
