import APIRegistry
import APISchema
import KubernetesAPI
import Synchronization

/// What `/openapi` says; made when first asked for, as most servers are asked by few clients.
final class OpenAPIDocuments: Sendable {
    private let registry: KindRegistry
    private let table: SchemaTable
    private let made = Mutex<OpenAPISpecification?>(nil)

    init(_ registry: KindRegistry, table: SchemaTable) {
        self.registry = registry
        self.table = table
    }

    private var specification: OpenAPISpecification {
        // Made under the lock: whoever comes second waits for the first instead of making it again.
        made.withLock { made in
            if let made { return made }
            let specification = OpenAPISpecification(
                registry.kinds.map { Self.resource($0) },
                table: table,
                serverVersion: ServerVersion.git
            )
            made = specification
            return specification
        }
    }

    private static func resource(_ kind: KindDefinition) -> OpenAPIResource {
        let parts = kind.subresources.sorted { $0.rawValue < $1.rawValue }.map { part in
            let (group, version, name) = part.kind(of: kind.resource)
            let isOwn = (group, version, name) == (kind.resource.group, kind.resource.version, kind.resource.kind)
            let folder = group.isEmpty ? "core" : group.split(separator: ".").first.map { String($0) } ?? group
            return OpenAPIResource.Subresource(
                part.rawValue,
                message: part.leadsToNode ? nil : isOwn ? kind.schema : "io.k8s.api.\(folder).\(version).\(name)",
                verbs: Set(part.verbs.compactMap { OpenAPIResource.Verb(rawValue: $0) })
            )
        }
        return OpenAPIResource(
            kind.resource,
            message: kind.schema,
            verbs: Set(kind.verbs.compactMap { OpenAPIResource.Verb(rawValue: $0) }),
            subresources: parts
        )
    }

    /// Answers `/openapi/v2`, `/openapi/v3` and what is below it.
    ///
    /// - Parameter knownTag: `If-None-Match`: what the client has already.
    func answer(_ segments: [String], accept: AcceptHeader, knownTag: String?) throws(Refusal) -> Reply {
        let specification = specification
        var type = "application/json"
        let document: OpenAPISpecification.Document
        switch segments.count > 1 ? segments[1] : "" {
        case "v2" where segments.count == 2:
            let wantsProtobuf = accept.ranges.contains {
                OpenAPISpecification.v2ProtobufAccepted.hasPrefix($0.type) && $0.type.hasSuffix("protobuf")
            }
            document = wantsProtobuf ? specification.v2Protobuf : specification.v2
            if wantsProtobuf { type = OpenAPISpecification.v2ProtobufContentType }
        case "v3" where segments.count == 2:
            document = specification.v3Index
        case "v3":
            guard let found = specification.v3[segments[2...].joined(separator: "/")] else { throw .unknownPath }
            document = found
        default:
            throw .unknownPath
        }
        let tag = "\"\(document.hash)\""
        var reply =
            knownTag == tag
            ? Reply(status: 304, contentType: type, body: .none) : Reply(contentType: type, document.bytes)
        reply.headers = [("Etag", tag), ("Vary", "Accept")]
        return reply
    }
}
