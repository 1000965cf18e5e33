import JSON

/// Says messages and paths in one version of OpenAPI.
struct OpenAPIWriter {
    /// Which version.
    enum Version {
        /// OpenAPI 2.0 (Swagger).
        case v2
        /// OpenAPI 3.0.
        case v3
    }

    let version: Version
    let table: SchemaTable

    // MARK: Messages

    /// What is written under a name of a type that is no message.
    private static let ownTypes: [(name: String, v2: JSONValue, v3: JSONValue)] = [
        (
            "io.k8s.apimachinery.pkg.apis.meta.v1.Time", ["type": "string", "format": "date-time"],
            ["type": "string", "format": "date-time"]
        ),
        (
            "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", ["type": "string", "format": "date-time"],
            ["type": "string", "format": "date-time"]
        ),
        ("io.k8s.apimachinery.pkg.apis.meta.v1.Duration", ["type": "string"], ["type": "string"]),
        ("io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", ["type": "object"], ["type": "object"]),
        ("io.k8s.apimachinery.pkg.apis.meta.v1.Patch", ["type": "object"], ["type": "object"]),
        ("io.k8s.apimachinery.pkg.runtime.RawExtension", ["type": "object"], ["type": "object"]),
        (
            "io.k8s.apimachinery.pkg.api.resource.Quantity", ["type": "string"],
            ["oneOf": [["type": "string"], ["type": "number"]]]
        ),
        (
            "io.k8s.apimachinery.pkg.util.intstr.IntOrString", ["type": "string", "format": "int-or-string"],
            ["oneOf": [["type": "integer"], ["type": "string"]], "format": "int-or-string"]
        ),
    ]

    /// All messages that these need, and they themselves, by name.
    func schemas(for roots: some Sequence<String>) -> JSONValue {
        var found: Set<String> = []
        var open = Array(roots)
        while let name = open.popLast() {
            guard found.insert(name).inserted else { continue }
            for field in table[name]?.fields ?? [] { open += field.type.schemaNames }
        }
        var schemas = JSONObject()
        for name in found.sorted() {
            if let message = table[name] {
                schemas[name] = schema(of: message)
            } else if let own = Self.ownTypes.first(where: { $0.name == name }) {
                schemas[name] = version == .v2 ? own.v2 : own.v3
            }
        }
        return .object(schemas)
    }

    private func schema(of message: MessageSchema) -> JSONValue {
        var properties = JSONObject()
        for field in message.fields { properties[field.name] = schema(of: field) }
        let required = message.fields.filter(\.isRequired).map(\.name)
        var schema: JSONValue = .object(JSONObject())
        schema["description"] = .string(message.summary.isEmpty ? message.shortName : message.summary)
        schema["type"] = "object"
        if !required.isEmpty { schema["required"] = .strings(required) }
        if !message.fields.isEmpty { schema["properties"] = .object(properties) }
        if let apiVersion = message.apiVersion {
            let kind = GroupVersionKind(apiVersion: apiVersion, kind: message.shortName)
            schema["x-kubernetes-group-version-kind"] = .array([Self.value(of: kind)])
        }
        return schema
    }

    private func schema(of field: FieldSchema) -> JSONValue {
        var schema = self.schema(of: field.type, isProperty: true)
        if !field.summary.isEmpty { schema["description"] = .string(field.summary) }
        if let value = field.defaultValue { schema["default"] = value }
        if let key = field.mergeKey { schema["x-kubernetes-patch-merge-key"] = .string(key) }
        if let strategy = field.patchStrategy { schema["x-kubernetes-patch-strategy"] = .string(strategy.rawValue) }
        return schema
    }

    private func schema(of type: FieldType, isProperty: Bool = false) -> JSONValue {
        switch type {
        case .string: ["type": "string"]
        case .bool: ["type": "boolean"]
        case .int32: ["type": "integer", "format": "int32"]
        case .int64: ["type": "integer", "format": "int64"]
        case .double: ["type": "number", "format": "double"]
        case .bytes: ["type": "string", "format": "byte"]
        case .list(let element): ["type": "array", "items": schema(of: element)]
        case .map(let element): ["type": "object", "additionalProperties": schema(of: element)]
        default: reference(to: type.schemaNames.first ?? "", isProperty: isProperty)
        }
    }

    /// Beside a reference nothing else counts in OpenAPI 3, so that a field's own words need a schema around it.
    private func reference(to name: String, isProperty: Bool = false) -> JSONValue {
        guard version == .v3 else { return ["$ref": .string("#/definitions/\(name)")] }
        let reference: JSONValue = ["$ref": .string("#/components/schemas/\(name)")]
        return isProperty ? ["allOf": [reference]] : reference
    }

    // MARK: Paths

    /// What can be done at a path.
    func item(of path: OpenAPIPath) -> JSONValue {
        var item = JSONObject()
        for operation in path.operations { item[operation.method] = value(of: operation) }
        item["parameters"] = .array(path.parameters.map(value))
        return .object(item)
    }

    private func value(of operation: OpenAPIPath.Operation) -> JSONValue {
        var value: JSONValue = .object(JSONObject())
        value["operationId"] = .string(operation.identifier)
        var parameters = operation.parameters.map(self.value)
        let contentTypes = operation.method == "patch" ? OpenAPIPath.patchTypes : ["application/json"]
        let answers = ["application/json", "application/vnd.kubernetes.protobuf", "application/yaml"]
        if let body = operation.body {
            let schema = reference(to: body)
            if version == .v2 {
                value["consumes"] = .strings(contentTypes)
                parameters.append(["name": "body", "in": "body", "required": true, "schema": schema])
            } else {
                value["requestBody"] = ["content": content(schema, contentTypes)]
            }
        }
        if !parameters.isEmpty { value["parameters"] = .array(parameters) }
        let schema = operation.answer.map { reference(to: $0) } ?? ["type": "string"]
        let code = operation.method == "post" ? "201" : "200"
        if version == .v2 {
            value["produces"] = .strings(answers)
            value["responses"] = [code: ["description": "OK", "schema": schema]]
        } else {
            value["responses"] = [code: ["description": "OK", "content": content(schema, answers)]]
        }
        value["x-kubernetes-action"] = .string(operation.action)
        value["x-kubernetes-group-version-kind"] = Self.value(of: operation.kind)
        return value
    }

    private func content(_ schema: JSONValue, _ types: [String]) -> JSONValue {
        var content = JSONObject()
        for type in types { content[type] = ["schema": schema] }
        return .object(content)
    }

    private func value(of parameter: OpenAPIParameter) -> JSONValue {
        var value: JSONValue = [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "description": .string(parameter.summary),
        ]
        if parameter.place == .path { value["required"] = true }
        if version == .v2 {
            value["type"] = .string(parameter.type)
            value["uniqueItems"] = true
        } else {
            value["schema"] = ["type": .string(parameter.type), "uniqueItems": true]
        }
        return value
    }

    private static func value(of kind: GroupVersionKind) -> JSONValue {
        ["group": .string(kind.group), "kind": .string(kind.kind), "version": .string(kind.version)]
    }
}

extension FieldType {
    /// The schema that a value of the type refers to; none for JSON's own types.
    fileprivate var schemaNames: [String] {
        switch self {
        case .string, .bool, .int32, .int64, .double, .bytes: []
        case .quantity: ["io.k8s.apimachinery.pkg.api.resource.Quantity"]
        case .intOrString: ["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]
        case .time: ["io.k8s.apimachinery.pkg.apis.meta.v1.Time"]
        case .microTime: ["io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime"]
        case .duration: ["io.k8s.apimachinery.pkg.apis.meta.v1.Duration"]
        case .fieldsV1: ["io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1"]
        case .rawExtension: ["io.k8s.apimachinery.pkg.runtime.RawExtension"]
        case .message(let name): [name]
        case .list(let type), .map(let type): type.schemaNames
        }
    }
}
