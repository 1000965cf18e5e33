import APIAccess
import APIRegistry
import APISchema
import JSON
import KubernetesAPI
import NIOCore
import Storage

/// Answers requests for resources.
struct ResourceHandler: Sendable {
    /// The objects.
    let objects: ObjectRegistry
    /// Reads the bodies of requests.
    let bodies: BodyReader

    /// Makes tokens of service accounts; nil where there are none.
    let tokens: (any TokenIssuer)?
    /// Whether nodes can be asked.
    let asksNodes: Bool

    /// Decides whether who changes an object may also create it.
    let authorizer: any Authorizer

    init(
        objects: ObjectRegistry,
        tokens: (any TokenIssuer)?,
        authorizer: any Authorizer,
        asksNodes: Bool = false
    ) {
        self.authorizer = authorizer
        self.tokens = tokens
        self.asksNodes = asksNodes
        self.objects = objects
        bodies = BodyReader(decoder: ObjectDecoder(table: objects.schema))
    }

    /// What is asked for, after the path was understood.
    struct Target: Sendable {
        /// The kind.
        var kind: KindDefinition
        /// Nil for all namespaces, and for kinds that have none.
        var namespace: String?
        /// Nil for all objects.
        var name: String?
        /// A part of the object.
        var subresource: Subresource?
        /// What follows the part in the path.
        var rest: [String] = []
        /// What the path is for.
        var use = Use.anything
    }

    /// What a path can be used for.
    enum Use: Sendable {
        /// What the kind allows.
        case anything
        /// The old paths of watches, `/api/v1/watch/…`: a GET watches, and nothing else is possible.
        case watch
        /// `…/bindings`: a POST puts the pod that the body names on a node, and nothing else is possible.
        case bindings
    }

    /// What the path means; refuses paths of nothing.
    func target(_ path: ResourcePath) throws(Refusal) -> Target {
        let isBindings = path.group.isEmpty && path.plural == "bindings" && path.namespace != nil && path.name == nil
        let plural = isBindings ? "pods" : path.plural
        guard let kind = objects.kinds.kind(group: path.group, version: path.version, plural: plural) else {
            throw .unknownPath
        }
        var target = Target(kind: kind, namespace: path.namespace, name: path.name)
        if path.isWatch {
            guard path.subresource == nil, !isBindings else { throw .unknownPath }
            target.use = .watch
        } else if isBindings {
            (target.use, target.subresource) = (.bindings, .binding)
        }
        if kind.resource.namespaced {
            guard path.name == nil || path.namespace != nil else { throw .unknownPath }
        } else {
            // A namespace is its own: whoever may do anything in one may not reach another through it.
            let isItself = path.plural == "namespaces" && path.namespace == path.name
            guard path.namespace == nil || isItself else { throw .unknownPath }
            target.namespace = nil
        }
        if let text = path.subresource {
            guard let part = Subresource(rawValue: text), kind.subresources.contains(part) else { throw .unknownPath }
            guard part == .proxy || path.rest.isEmpty else { throw .unknownPath }
            (target.subresource, target.rest) = (part, path.rest)
        }
        // Names with anything else are those of no objects, and keys are compared byte by byte.
        for part in [path.namespace, path.name] {
            guard let part else { continue }
            guard !part.isEmpty, part.utf8.allSatisfy({ (0x21..<0x7f).contains($0) && $0 != UInt8(ascii: "/") }) else {
                throw .notFound(kind.resource, name: part)
            }
        }
        return target
    }

    /// Answers a request.
    func answer(_ request: APIRequest, _ target: Target) async throws(Refusal) -> Reply {
        // The node answers with bytes, whatever objects the client would accept.
        if let part = target.subresource, part.leadsToNode { return try await askNode(request, target, part) }
        let inclusion = try ObjectTable.Inclusion(parameter: request.query["includeObject"])
        let offer = AcceptHeader.Offer(hasObjects: true, inclusion: inclusion)
        guard let form = request.accept.form(offer) else { throw .notAcceptable() }
        var reply: Reply
        switch target.use {
        case .anything: break
        case .watch: guard request.method == "GET" else { throw .methodNotAllowed }
        case .bindings: guard request.method == "POST" else { throw .methodNotAllowed }
        }
        switch (request.method, target.name) {
        case ("GET", _) where target.use == .watch: reply = try watch(request, target, form)
        case ("GET", _?), ("HEAD", _?):
            if let part = target.subresource {
                reply = try await readPart(request, target, part, form)
            } else {
                reply = try await get(request, target, form)
            }
        case ("GET", nil), ("HEAD", nil):
            reply =
                request.method == "GET" && request.query.isSet("watch")
                ? try watch(request, target, form) : try await list(request, target, form)
        case ("POST", _), ("PUT", _?), ("PATCH", _?), ("DELETE", _):
            reply = try await write(request, target, form)
        default: throw .methodNotAllowed
        }
        if let deprecation = target.kind.deprecation { reply.warnings.append(deprecation) }
        return reply
    }

    // MARK: Reading

    private func get(_ request: APIRequest, _ target: Target, _ form: ResponseForm) async throws(Refusal) -> Reply {
        let revision = try ListOptions.revision(request.query)
        let version: ListOptions.Version =
            switch revision {
            case nil: .newest
            case .init(0)?: .any
            case let revision?: .notOlderThan(revision)
            }
        let name = target.name ?? ""
        let object = try await objects.get(target.kind, namespace: target.namespace, name: name, version: version)
        return try reply(object, target.kind, form, request)
    }

    /// One object as an answer.
    func reply(
        _ object: CachedObject,
        _ kind: KindDefinition,
        _ form: ResponseForm,
        _ request: APIRequest,
        status: Int = 200
    ) throws(Refusal) -> Reply {
        let encoder = objects.encoder(of: kind)
        if case .table = form.shape {
            let metadata: JSONValue = ["resourceVersion": .string("\(object.revision)")]
            guard let table = encoder.table([object], metadata: metadata, form, hasColumns: true) else {
                throw .notAcceptable()
            }
            return Reply(status: status, contentType: form.contentType, table)
        }
        guard let bytes = encoder.answer(object, form) else {
            throw .internalError("the object cannot be written as \(form.contentType)")
        }
        return Reply(status: status, contentType: form.contentType, bytes)
    }

    private func list(_ request: APIRequest, _ target: Target, _ form: ResponseForm) async throws(Refusal) -> Reply {
        let options = try ListOptions(request.query, kind: target.kind)
        let list = try await objects.list(target.kind, namespace: target.namespace, options)
        let writer = ListWriter(encoder: objects.encoder(of: target.kind))
        guard let body = writer.body(list, form) else { throw .notAcceptable() }
        return Reply(contentType: form.contentType, body: body)
    }

    private func watch(_ request: APIRequest, _ target: Target, _ form: ResponseForm) throws(Refusal) -> Reply {
        var options = try WatchOptions(request.query, kind: target.kind)
        if target.use == .watch, let name = target.name {
            let own = FieldSelector.Term(field: "metadata.name", isEqual: true, value: name)
            options.list.fields = FieldSelector(options.list.fields.terms + [own])
        }
        let watch = WatchReply(kind: target.kind, namespace: target.namespace, options: options, form: form)
        return Reply(contentType: form.watchContentType, body: .watch(watch))
    }
}
