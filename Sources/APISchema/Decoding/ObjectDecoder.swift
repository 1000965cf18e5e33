import JSON
import KubernetesAPI

/// Reads the bodies of requests, and refuses them in upstream's words.
///
/// Depth is bounded by ``JSONReader/depthLimit``; the size is for the caller to bound, before the body is in memory.
public struct ObjectDecoder: Sendable {
    /// How a request wants unknown and duplicate fields to be treated: `fieldValidation=`.
    public enum Validation: String, Sendable, Hashable, CaseIterable {
        /// Refused; the default of kubectl.
        case strict = "Strict"
        /// Warned of; the default of the server.
        case warn = "Warn"
        /// Left out in silence.
        case ignore = "Ignore"
    }

    /// The messages.
    public let table: SchemaTable

    /// A decoder for these messages.
    public init(table: SchemaTable = .standard) {
        self.table = table
    }

    /// Reads JSON.
    ///
    /// - Parameters:
    ///   - message: The name of the message that the object is to be, such as `io.k8s.api.core.v1.Service`. Where it is
    ///     a kind, `kind` and `apiVersion` are checked, and filled in where the body has none.
    ///   - validation: With ``Validation/strict`` an object with problems is refused; with ``Validation/ignore`` none
    ///     are looked for.
    public func decode(
        json: [UInt8],
        message: String,
        validation: Validation = .warn
    ) throws(ObjectDecodingError) -> DecodedObject {
        guard let schema = table.plan.message(message) else {
            throw ObjectDecodingError(.wrongKind, "no message \(message.goQuoted) is known")
        }
        let kind = try kind(in: json, expected: schema.schema)
        if let kind { try check(kind, expected: schema.schema) }
        var decoding = JSONObjectDecoding(json, plan: table.plan, notesProblems: validation != .ignore)
        let value: JSONValue?
        do {
            value = try decoding.readMessage(schema)
            try decoding.reader.finish()
        } catch {
            throw malformed(error, json, expected: schema.schema)
        }
        let stated = kind ?? CodecPlan.Kind(schema.schema)
        if let words = decoding.badValue ?? decoding.mismatch {
            throw ObjectDecodingError(.wrongType, prefix(stated, schema.schema) + words)
        }
        var object = DecodedObject(value: value ?? table.plan.emptyObject(schema), problems: decoding.problems)
        if schema.schema.apiVersion != nil { object.value = object.value.withKind(stated) }
        if validation == .strict { try object.requireStrict() }
        return object
    }

    /// Reads the first document of a YAML text.
    public func decode(
        yaml: [UInt8],
        message: String,
        validation: Validation = .warn
    ) throws(ObjectDecodingError) -> DecodedObject {
        let json: [UInt8]?
        do {
            json = try YAMLDocument.json(of: yaml)
        } catch {
            let kind = table[message]?.shortName ?? message
            let words = "yaml: line \(error.line): \(error.reason)"
            throw ObjectDecodingError(
                .malformed,
                "the object provided is unrecognized (must be of type \(kind)): couldn't get version/kind; "
                    + "json parse error: error converting YAML to JSON: \(words) (\(BodySummary.text(of: yaml)))"
            )
        }
        return try decode(json: json ?? Array("null".utf8), message: message, validation: validation)
    }

    // MARK: Kinds

    /// What the body says that it is; nil where it says nothing, or the message is no kind.
    private func kind(in json: [UInt8], expected: MessageSchema) throws(ObjectDecodingError) -> CodecPlan.Kind? {
        guard let apiVersion = expected.apiVersion else { return nil }
        var kind = CodecPlan.Kind(apiVersion: "", name: "")
        do {
            var reader = JSONReader(json)
            if try reader.nextByte() != UInt8(ascii: "{") {
                try reader.skipValue()
                return nil
            }
            try reader.beginObject()
            // Both stand first in what clients write; the rest is read once only.
            while kind.apiVersion.isEmpty || kind.name.isEmpty, let key = try reader.nextKey() {
                switch key {
                case "apiVersion" where try reader.nextByte() == UInt8(ascii: "\""):
                    kind.apiVersion = try reader.readString()
                case "kind" where try reader.nextByte() == UInt8(ascii: "\""): kind.name = try reader.readString()
                default: try reader.skipValue()
                }
            }
        } catch {
            throw malformed(error, json, expected: expected)
        }
        if kind.apiVersion.isEmpty { kind.apiVersion = apiVersion }
        if kind.name.isEmpty { kind.name = expected.shortName }
        return kind
    }

    /// Checks that a body is what the request is for.
    func check(_ kind: CodecPlan.Kind, expected: MessageSchema) throws(ObjectDecodingError) {
        guard kind != CodecPlan.Kind(expected) else { return }
        // Options of requests are part of every group and version.
        if expected.shortName == kind.name, expected.name.contains(".apis.meta.") { return }
        let beginning = prefix(kind, expected)
        guard let found = table.message(apiVersion: kind.apiVersion, kind: kind.name) else {
            let version = kind.apiVersion.goQuoted
            throw ObjectDecodingError(
                .wrongKind,
                "\(beginning)no kind \(kind.name.goQuoted) is registered for version \(version) "
                    + "in scheme \"pkg/api/legacyscheme/scheme.go:30\""
            )
        }
        throw ObjectDecodingError(
            .wrongKind,
            "\(beginning)converting (\(Self.goName(found, isInternal: false))) to "
                + "(\(Self.goName(expected.name, isInternal: true))): unknown conversion"
        )
    }

    /// `v1.Pod`, or `core.Service` for upstream's internal types.
    private static func goName(_ message: String, isInternal: Bool) -> String {
        let parts = message.split(separator: ".")
        guard parts.count >= 3 else { return message }
        return "\(parts[parts.count - (isInternal ? 3 : 2)]).\(parts[parts.count - 1])"
    }

    private func prefix(_ kind: CodecPlan.Kind, _ expected: MessageSchema) -> String {
        let version = String(kind.apiVersion.split(separator: "/").last ?? "")
        return "\(kind.name) in version \(version.goQuoted) cannot be handled as a \(expected.shortName): "
    }

    private func malformed(_ error: JSONError, _ body: [UInt8], expected: MessageSchema) -> ObjectDecodingError {
        ObjectDecodingError(
            .malformed,
            "the object provided is unrecognized (must be of type \(expected.shortName)): couldn't get version/kind; "
                + "json parse error: \(BodySummary.goWords(for: error, in: body)) (\(BodySummary.text(of: body)))"
        )
    }
}

extension CodecPlan.Kind {
    /// What the objects of a kind say that they are.
    init(_ schema: MessageSchema) {
        self.init(apiVersion: schema.apiVersion ?? "", name: schema.shortName)
    }
}

extension JSONValue {
    /// The object with these two members first.
    func withKind(_ kind: CodecPlan.Kind) -> JSONValue {
        guard let members = object else { return self }
        var object = JSONObject()
        object["kind"] = .string(kind.name)
        object["apiVersion"] = .string(kind.apiVersion)
        for member in members where member.name != "kind" && member.name != "apiVersion" {
            object[member.name] = member.value
        }
        return .object(object)
    }
}
