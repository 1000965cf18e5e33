public import APISchema
public import JSON

/// How a patch says what is to change.
public enum PatchKind: String, Sendable, Hashable, CaseIterable {
    /// RFC 6902: operations on paths.
    case json = "application/json-patch+json"
    /// RFC 7396: the members that change; null deletes.
    case merge = "application/merge-patch+json"
    /// As `merge`, but lists are merged as the schema says.
    case strategicMerge = "application/strategic-merge-patch+json"
}

/// What is to change in an object; read once, and applied again where the object changed meanwhile.
public struct ObjectPatch: Sendable, Hashable {
    /// How many operations a JSON patch may have.
    public static let operationLimit = 10_000
    /// How deep values may nest in what a patch makes.
    static let depthLimit = JSONReader.depthLimit

    private enum Content: Sendable, Hashable {
        case operations([JSONPatchOperation])
        case merge(JSONObject)
        case strategicMerge(JSONObject)
    }

    private let content: Content

    /// A patch of a parsed body.
    ///
    /// - Throws: `.malformed`; `.tooLarge` for a JSON patch with too many operations.
    public init(_ kind: PatchKind, _ value: JSONValue) throws(PatchError) {
        switch kind {
        case .json:
            guard let elements = value.array else {
                throw PatchError(.malformed, "a JSON patch must be an array of operations")
            }
            guard elements.count <= Self.operationLimit else {
                throw PatchError(
                    .tooLarge,
                    "The allowed maximum operations in a JSON patch is \(Self.operationLimit), got \(elements.count)"
                )
            }
            var operations: [JSONPatchOperation] = []
            operations.reserveCapacity(elements.count)
            for element in elements { operations.append(try JSONPatchOperation(element)) }
            content = .operations(operations)
        case .merge:
            guard let members = value.object else { throw PatchError(.malformed, "Invalid JSON Patch") }
            content = .merge(members)
        case .strategicMerge:
            guard let members = value.object else { throw PatchError(.malformed, "invalid JSON document") }
            content = .strategicMerge(members)
        }
    }

    /// A patch of a body of JSON.
    public init(_ kind: PatchKind, json: [UInt8]) throws(PatchError) {
        let value: JSONValue
        do {
            value = try JSONValue(json: json)
        } catch {
            throw PatchError(.malformed, "error decoding patch: \(error)")
        }
        try self.init(kind, value)
    }

    /// The object with the changes.
    ///
    /// - Parameters:
    ///   - message: The object's schema, such as `io.k8s.api.core.v1.Service`.
    ///   - table: Has the schema, and those of the parts. Only strategic merge patches look into it.
    /// - Throws: `.inapplicable`, `.tooLarge`; `.malformed` for a strategic merge patch with wrong directives.
    public func applied(
        to object: JSONValue,
        message: String,
        table: SchemaTable
    ) throws(PatchError) -> JSONValue {
        switch content {
        case .operations(let operations):
            var document = JSONPatchDocument(object)
            for operation in operations { try document.apply(operation) }
            guard document.root.object != nil else {
                throw PatchError(.inapplicable, "the patch leaves no object")
            }
            return document.root
        case .merge(let patch):
            return MergePatch.applied(patch, to: object)
        case .strategicMerge(let patch):
            let merge = StrategicMerge(table: table)
            return .object(try merge.merged(object.object ?? JSONObject(), with: patch, shape: .message(message)))
        }
    }
}
