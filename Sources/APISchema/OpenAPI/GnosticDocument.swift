import JSON

/// OpenAPI 2 in protobuf, as kubectl before 1.27 wants it.
///
/// Source: `github.com/google/gnostic`, `openapiv2/OpenAPIv2.proto`. Only what ``OpenAPIWriter`` says is written.
struct GnosticDocument {
    private var writer = ProtobufWriter(capacity: 1 << 20)

    /// The bytes of a document.
    static func encode(_ document: JSONValue) -> [UInt8] {
        var encoding = GnosticDocument()
        encoding.write(document)
        return encoding.writer.bytes
    }

    // Everything is written from its end to its beginning.

    private mutating func write(_ document: JSONValue) {
        named(9, 1, document["definitions"]) { $0.writeSchema($1) }
        let end = writer.count
        for path in (document["paths"]?.object?.members ?? []).reversed() {
            let end = writer.count
            let valueEnd = writer.count
            writeItem(path.value)
            writer.close(2, since: valueEnd)
            writer.field(1, text: path.name)
            writer.close(2, since: end)
        }
        writer.close(8, since: end)
        let infoEnd = writer.count
        text(2, document["info"]?["version"])
        text(1, document["info"]?["title"])
        writer.close(2, since: infoEnd)
        text(1, document["swagger"])
    }

    /// A message (`number`) that has only a list (`inner`) of names (1) with values (2).
    private mutating func named(
        _ number: Int,
        _ inner: Int,
        _ value: JSONValue?,
        _ write: (inout GnosticDocument, JSONValue) -> Void
    ) {
        guard let members = value?.object?.members else { return }
        let end = writer.count
        for member in members.reversed() {
            let end = writer.count
            let valueEnd = writer.count
            write(&self, member.value)
            writer.close(2, since: valueEnd)
            writer.field(1, text: member.name)
            writer.close(inner, since: end)
        }
        writer.close(number, since: end)
    }

    private mutating func text(_ number: Int, _ value: JSONValue?) {
        if let text = value?.string { writer.field(number, text: text) }
    }

    private mutating func texts(_ number: Int, _ value: JSONValue?) {
        for text in (value?.array ?? []).reversed() { self.text(number, text) }
    }

    private mutating func bool(_ number: Int, _ value: JSONValue?) {
        if value?.bool == true { writer.field(number, integer: 1) }
    }

    /// `x-…` members, which are any YAML, and so any JSON.
    private mutating func extensions(_ number: Int, of value: JSONValue) {
        for member in (value.object?.members ?? []).reversed() where member.name.hasPrefix("x-") {
            let end = writer.count
            any(2, member.value)
            writer.field(1, text: member.name)
            writer.close(number, since: end)
        }
    }

    private mutating func any(_ number: Int, _ value: JSONValue) {
        let end = writer.count
        writer.field(2, text: String(decoding: value.json, as: UTF8.self) + "\n")
        writer.close(number, since: end)
    }

    // MARK: Paths

    private mutating func writeItem(_ item: JSONValue) {
        for parameter in (item["parameters"]?.array ?? []).reversed() { writeParameter(9, parameter) }
        for (number, method) in [(8, "patch"), (5, "delete"), (4, "post"), (3, "put"), (2, "get")] {
            guard let operation = item[method] else { continue }
            let end = writer.count
            writeOperation(operation)
            writer.close(number, since: end)
        }
    }

    private mutating func writeOperation(_ operation: JSONValue) {
        extensions(13, of: operation)
        let end = writer.count
        for response in (operation["responses"]?.object?.members ?? []).reversed() {
            let end = writer.count
            let schemaEnd = writer.count
            if let schema = response.value["schema"] { writeSchema(schema) }
            writer.close(1, since: schemaEnd)
            writer.close(2, since: schemaEnd)
            text(1, response.value["description"])
            writer.close(1, since: end)
            writer.close(2, since: end)
            writer.field(1, text: response.name)
            writer.close(1, since: end)
        }
        writer.close(9, since: end)
        for parameter in (operation["parameters"]?.array ?? []).reversed() { writeParameter(8, parameter) }
        texts(7, operation["consumes"])
        texts(6, operation["produces"])
        text(5, operation["operationId"])
    }

    private mutating func writeParameter(_ number: Int, _ parameter: JSONValue) {
        let end = writer.count
        let place = parameter["in"]?.string
        if place == "body" {
            bool(4, parameter["required"])
            let schemaEnd = writer.count
            if let schema = parameter["schema"] { writeSchema(schema) }
            // Written out of order, which readers of protobuf take.
            writer.close(5, since: schemaEnd)
            text(3, parameter["in"])
            text(2, parameter["name"])
            writer.close(1, since: end)
        } else {
            let isPath = place == "path"
            text(isPath ? 5 : 6, parameter["type"])
            text(4, parameter["name"])
            text(3, parameter["description"])
            text(2, parameter["in"])
            bool(1, parameter["required"])
            writer.close(isPath ? 4 : 3, since: end)
            writer.close(2, since: end)
        }
        writer.close(1, since: end)
        writer.close(number, since: end)
    }

    // MARK: Schemas

    private mutating func writeSchema(_ schema: JSONValue) {
        extensions(31, of: schema)
        if schema["properties"] != nil {
            named(25, 1, schema["properties"]) { $0.writeSchema($1) }
        }
        if let items = schema["items"] {
            let end = writer.count
            writeSchema(items)
            writer.close(1, since: end)
            writer.close(23, since: end)
        }
        if let type = schema["type"] {
            let end = writer.count
            text(1, type)
            writer.close(22, since: end)
        }
        if let values = schema["additionalProperties"] {
            let end = writer.count
            writeSchema(values)
            writer.close(1, since: end)
            writer.close(21, since: end)
        }
        texts(19, schema["required"])
        if let value = schema["default"] { any(5, value) }
        text(4, schema["description"])
        text(2, schema["format"])
        text(1, schema["$ref"])
    }
}
