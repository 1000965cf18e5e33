import JSON
import KubernetesAPI

/// What the server says of its paths and kinds, for `kubectl apply`, `diff` and `explain`.
///
/// All is made at once: keep it.
public struct OpenAPISpecification: Sendable {
    /// A document, and a text that changes with it.
    public struct Document: Sendable, Hashable {
        /// The bytes.
        public var bytes: [UInt8]
        /// 32 hexadecimal digits: an `ETag` and the `hash` in addresses. Not for security.
        public var hash: String

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            hash = ContentHash.text(of: bytes)
        }
    }

    /// What kubectl before 1.27 accepts, and gets ``v2Protobuf`` for.
    public static let v2ProtobufAccepted = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"

    /// The content type of ``v2Protobuf``: with the `@` of what is accepted it would be none.
    public static let v2ProtobufContentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

    /// `/openapi/v2` in JSON.
    public let v2: Document
    /// `/openapi/v2` in protobuf (gnostic's `openapi.v2.Document`).
    public let v2Protobuf: Document
    /// `/openapi/v3`: where each group's version has its document.
    public let v3Index: Document
    /// `/openapi/v3/…` by what stands there: `api/v1`, `apis/apps/v1`.
    public let v3: [String: Document]

    /// Says what these kinds are.
    ///
    /// - Parameter serverVersion: Such as `v1.36.0`.
    public init(
        _ resources: some Sequence<OpenAPIResource>,
        table: SchemaTable = .standard,
        serverVersion: String = "v1.36.0"
    ) {
        var groups: [String: [OpenAPIPath]] = [:]
        for resource in resources {
            let type = resource.resource
            let group = type.group.isEmpty ? "api/\(type.version)" : "apis/\(type.group)/\(type.version)"
            groups[group, default: []] += OpenAPIPath.paths(of: resource, table: table)
        }
        let writer = OpenAPIWriter(version: .v3, table: table)
        let info: JSONValue = ["title": "Kubernetes", "version": .string(serverVersion)]
        v3 = groups.mapValues { paths in
            let document: JSONValue = [
                "openapi": "3.0.0", "info": info, "paths": Self.items(paths, writer),
                "components": ["schemas": writer.schemas(for: Self.messages(paths))],
            ]
            return Document(document.json)
        }
        var index = JSONObject()
        for (group, document) in v3.sorted(by: { $0.key < $1.key }) {
            index[group] = ["serverRelativeURL": .string("/openapi/v3/\(group)?hash=\(document.hash)")]
        }
        let v3Index: JSONValue = ["paths": .object(index)]
        self.v3Index = Document(v3Index.json)
        let paths = groups.sorted { $0.key < $1.key }.flatMap(\.value)
        let oldWriter = OpenAPIWriter(version: .v2, table: table)
        let v2: JSONValue = [
            "swagger": "2.0", "info": info, "paths": Self.items(paths, oldWriter),
            "definitions": oldWriter.schemas(for: Self.messages(paths)),
        ]
        self.v2 = Document(v2.json)
        v2Protobuf = Document(GnosticDocument.encode(v2))
    }

    private static func items(_ paths: [OpenAPIPath], _ writer: OpenAPIWriter) -> JSONValue {
        var items = JSONObject()
        for path in paths.sorted(by: { $0.path < $1.path }) { items[path.path] = writer.item(of: path) }
        return .object(items)
    }

    /// The messages that paths speak of.
    private static func messages(_ paths: [OpenAPIPath]) -> Set<String> {
        Set(paths.flatMap(\.operations).flatMap { [$0.answer, $0.body].compactMap(\.self) })
    }
}
