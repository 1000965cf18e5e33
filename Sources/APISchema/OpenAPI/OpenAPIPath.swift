import KubernetesAPI

/// A path and what can be done there, whatever the version of OpenAPI.
struct OpenAPIPath: Sendable {
    /// One method at a path.
    struct Operation: Sendable {
        /// `get`, `put`, `post`, `patch` or `delete`.
        var method: String
        /// What upstream calls it in `x-kubernetes-action`.
        var action: String
        /// Unique among all.
        var identifier: String
        var parameters: [OpenAPIParameter]
        /// The message that is sent; nil for none.
        var body: String?
        /// The message that is answered; nil for text.
        var answer: String?
        /// The kind that the request is about.
        var kind: GroupVersionKind
    }

    var path: String
    /// What all its methods take.
    var parameters: [OpenAPIParameter]
    var operations: [Operation]

    /// Content types of patches.
    static let patchTypes = [
        "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json",
    ]

    static let meta = "io.k8s.apimachinery.pkg.apis.meta.v1"
}

/// What an object says that it is.
struct GroupVersionKind: Sendable, Hashable {
    var group: String
    var version: String
    var kind: String

    init(apiVersion: String, kind: String) {
        let parts = apiVersion.split(separator: "/")
        group = parts.count == 2 ? String(parts[0]) : ""
        version = String(parts.last ?? "")
        self.kind = kind
    }
}

extension OpenAPIPath {
    /// The paths of a kind; none for one whose message is not in the table.
    static func paths(of resource: OpenAPIResource, table: SchemaTable) -> [OpenAPIPath] {
        guard table[resource.message] != nil else { return [] }
        let builder = Builder(resource: resource, table: table)
        let type = resource.resource
        let root = type.group.isEmpty ? "/api/\(type.version)" : "/apis/\(type.group)/\(type.version)"
        let collection = type.namespaced ? "\(root)/namespaces/{namespace}/\(type.plural)" : "\(root)/\(type.plural)"
        let scope: [OpenAPIParameter] = type.namespaced ? [.namespace] : []
        var paths = [
            OpenAPIPath(path: collection, parameters: scope + [.pretty], operations: builder.collection),
            OpenAPIPath(
                path: "\(collection)/{name}",
                parameters: [.name] + scope + [.pretty],
                operations: builder.object
            ),
        ]
        if type.namespaced, resource.verbs.contains(.list) {
            let list = builder.operation(.list, scope: "ForAllNamespaces")
            paths.append(OpenAPIPath(path: "\(root)/\(type.plural)", parameters: [.pretty], operations: [list]))
        }
        for part in resource.subresources {
            paths.append(
                OpenAPIPath(
                    path: "\(collection)/{name}/\(part.name)",
                    parameters: [.name] + scope + [.pretty],
                    operations: builder.operations(of: part)
                )
            )
        }
        return paths.filter { !$0.operations.isEmpty }
    }

    /// Makes the operations of one kind.
    private struct Builder {
        let resource: OpenAPIResource
        let table: SchemaTable

        var collection: [Operation] {
            [OpenAPIResource.Verb.list, .create, .deleteCollection].filter(resource.verbs.contains).map {
                operation($0)
            }
        }

        var object: [Operation] {
            [OpenAPIResource.Verb.get, .update, .patch, .delete].filter(resource.verbs.contains).map { operation($0) }
        }

        func operations(of part: OpenAPIResource.Subresource) -> [Operation] {
            [OpenAPIResource.Verb.get, .create, .update, .patch].filter(part.verbs.contains).map {
                guard let message = part.message else { return connection($0, part) }
                return operation($0, message: message, suffix: part.name.capitalizedFirst)
            }
        }

        func operation(
            _ verb: OpenAPIResource.Verb,
            message: String? = nil,
            suffix: String = "",
            scope: String? = nil
        ) -> Operation {
            let message = message ?? resource.message
            let type = resource.resource
            let schema = table[message]
            let group = type.group.split(separator: ".").first.map { String($0).capitalizedFirst } ?? "Core"
            let place = scope == nil && type.namespaced ? "Namespaced" : ""
            let words = Self.words(for: verb)
            return Operation(
                method: words.method,
                action: words.action,
                identifier: words.identifier + group + type.version.capitalizedFirst
                    + (verb == .deleteCollection ? "Collection" : "") + place + type.kind + suffix + (scope ?? ""),
                parameters: Self.parameters(of: verb),
                body: body(of: verb, message),
                answer: answer(of: verb, message),
                kind: GroupVersionKind(
                    apiVersion: schema?.apiVersion ?? type.apiVersion,
                    kind: schema?.shortName ?? type.kind
                )
            )
        }

        /// What leads to the node. Upstream calls all but logs a connection.
        private func connection(_ verb: OpenAPIResource.Verb, _ part: OpenAPIResource.Subresource) -> Operation {
            var operation = operation(verb, suffix: part.name.capitalizedFirst)
            (operation.body, operation.answer) = (nil, nil)
            operation.parameters = OpenAPIParameter.connecting[part.name] ?? []
            if part.name != "log" {
                operation.action = "connect"
                let words = Self.words(for: verb)
                operation.identifier =
                    "connect" + words.method.capitalizedFirst + operation.identifier.dropFirst(words.identifier.count)
            }
            return operation
        }

        private static func words(
            for verb: OpenAPIResource.Verb
        ) -> (method: String, action: String, identifier: String) {
            switch verb {
            case .get: ("get", "get", "read")
            case .list, .watch: ("get", "list", "list")
            case .create: ("post", "post", "create")
            case .update: ("put", "put", "replace")
            case .patch: ("patch", "patch", "patch")
            case .delete: ("delete", "delete", "delete")
            case .deleteCollection: ("delete", "deletecollection", "delete")
            }
        }

        private static func parameters(of verb: OpenAPIResource.Verb) -> [OpenAPIParameter] {
            switch verb {
            case .get: []
            case .list, .watch: OpenAPIParameter.listing
            case .create, .update: OpenAPIParameter.writing
            case .patch: OpenAPIParameter.patching
            case .delete: OpenAPIParameter.deleting
            case .deleteCollection: OpenAPIParameter.deleting + OpenAPIParameter.selecting
            }
        }

        private func body(of verb: OpenAPIResource.Verb, _ message: String) -> String? {
            switch verb {
            case .get, .list, .watch: nil
            case .create, .update: message
            case .patch: "\(OpenAPIPath.meta).Patch"
            case .delete, .deleteCollection: "\(OpenAPIPath.meta).DeleteOptions"
            }
        }

        private func answer(of verb: OpenAPIResource.Verb, _ message: String) -> String {
            switch verb {
            case .get, .create, .update, .patch: message
            case .list, .watch: table["\(message)List"] == nil ? message : "\(message)List"
            case .delete, .deleteCollection: "\(OpenAPIPath.meta).Status"
            }
        }
    }
}

extension String {
    /// With its first character in upper case.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
