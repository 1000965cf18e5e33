import APIAccess
import APIRegistry
import HTTPTypes
import HummingbirdCore
import JSON
import KubernetesAPI
import Logging
import NIOCore
import Observability

/// Answers the requests of all connections: who asks, whether he may, what is asked, and the answer.
struct APIEndpoint: Sendable {
    /// Answers what is asked of resources.
    let resources: ResourceHandler
    /// Answers who somebody is, and what he may.
    let reviews: ReviewHandler
    /// Answers everything else.
    let paths: PathHandler
    /// Serves watches.
    let watches: WatchServer
    /// Asks nodes; nil where it cannot.
    let nodes: NodeCarrier?
    /// Finds out who asks.
    let authenticator: any Authenticator
    /// Decides whether he may.
    let authorizer: any Authorizer
    /// How large requests may be.
    let limits: RequestLimits
    /// How much of bodies is in memory.
    let budget: BodyBudget
    /// Whose turn it is.
    let flow: FlowControl
    /// What is counted.
    let metrics: APIMetrics
    let logger: Logger

    /// Who answers a request.
    private enum Plan: Sendable {
        case resource(ResourceHandler.Target)
        case review(ReviewHandler.Review)
        case path
    }

    /// Answers one request.
    @concurrent
    func respond(
        _ request: Request,
        _ writer: consuming ResponseWriter,
        _ connection: Connection
    ) async throws {
        let auditID = AuditID.make()
        let started = MonotonicTime.now()
        var isPretty = false
        var reply: Reply
        var begun: WatchServer.Begun?
        var mustClose = false
        var subject = APIMetrics.Subject(verb: request.method.rawValue)
        metrics.inFlight.add(1)
        do throws(Refusal) {
            let (parsed, plan) = try await admit(request, connection, &subject)
            isPretty = parsed.wantsPretty
            reply = try await answer(parsed, plan, on: connection)
            if case .watch(let watch) = reply.body {
                do throws(Refusal) {
                    begun = try await watches.begin(watch, on: connection)
                } catch {
                    guard let answer = watches.answer(error, to: watch) else { throw error }
                    (reply.contentType, reply.body) = (answer.contentType, answer.body)
                }
            }
        } catch {
            reply = Reply(refusal: error, accept: Self.accept(request), protobuf: resources.objects.protobuf)
            if error.reason == .internalError {
                logger.error("a request failed", metadata: ["audit-id": "\(auditID)", "error": "\(error.message)"])
            }
            // What is left of the body is not waited for.
            mustClose = error.reason == .requestEntityTooLarge
        }
        metrics.inFlight.add(-1)
        if reply.contentType == "application/yaml" {
            reply.writeYAML()
        } else if isPretty {
            reply.prettify()
        }
        var head = reply.head(auditID: auditID)
        if request.method == .head {
            // Without a length the encoder would end a body that there is not; the client cannot tell what that is.
            let count = reply.body.byteCount
            head.headerFields[.contentLength] = count.map { "\($0)" }
            if count == nil { mustClose = true }
            reply.body = .none
        }
        if mustClose { head.headerFields[.connection] = "close" }
        let isWatch = begun != nil
        defer {
            let duration = isWatch ? nil : MonotonicTime.now().duration(since: started)
            metrics.count(subject, code: reply.status, duration: duration)
        }
        switch reply.body {
        case .none:
            try await writer.writeResponse(head)
        case .bytes(let bytes):
            head.headerFields[.contentLength] = "\(bytes.count)"
            try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .list(let list):
            if let count = list.byteCount { head.headerFields[.contentLength] = "\(count)" }
            var body = try await writer.writeHead(head)
            for piece in list { try await body.write(piece) }
            try await body.finish(nil)
        case .event(let event):
            var body = try await writer.writeHead(head)
            try await body.write(event)
            try await body.finish(nil)
        case .watch(let watch):
            guard let begun else { return }
            metrics.longRunning.add(1)
            defer {
                watches.end(begun, on: connection)
                metrics.longRunning.add(-1)
            }
            var body = try await writer.writeHead(head)
            let end = try await watches.run(begun, watch, on: connection, to: &body)
            if case .tooSlow = end { metrics.slowWatches.increment() }
            if end.isClean { try await body.finish(nil) }
        case .node(let call):
            guard let nodes else { return }
            var writer: ResponseWriter? = consume writer
            metrics.longRunning.add(1)
            defer { metrics.longRunning.add(-1) }
            reply.status = try await nodes.carry(call, auditID: auditID, to: &writer, connection)
        }
        if mustClose { connection.channel.close(mode: .all, promise: nil) }
    }

    /// Reads a request and finds out who asks, and whether he may.
    private func admit(
        _ request: Request,
        _ connection: Connection,
        _ subject: inout APIMetrics.Subject
    ) async throws(Refusal) -> (APIRequest, Plan) {
        let target = request.head.path ?? "/"
        guard target.utf8.count <= limits.urlByteCount else {
            throw .badRequest("the URL has more than \(limits.urlByteCount) bytes")
        }
        let parts = target.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.first.flatMap { String($0) } ?? "/"
        var parsed = APIRequest(
            method: request.method.rawValue,
            path: path,
            segments: path.utf8.split(separator: UInt8(ascii: "/")).map {
                QueryParameters.decode($0, plusIsSpace: false)
            },
            query: parts.count > 1 ? QueryParameters(Substring(parts[1])) : QueryParameters(),
            accept: Self.accept(request),
            contentType: Self.mediaType(request.headers[.contentType] ?? ""),
            userAgent: request.headers[.userAgent] ?? "",
            knownTag: request.headers[.ifNoneMatch],
            upgrade: UpgradeRequest(request.headers),
            identity: .anonymous
        )
        // Until everything was read nobody can be told what there is, nor who may know: an empty answer would be taken
        // for an empty cluster.
        if parsed.resource != nil, !resources.objects.isReady {
            guard await resources.objects.waitUntilReady(timeout: Self.readyTimeout) else {
                throw .unavailable("the server has not read its objects yet")
            }
        }
        parsed.identity = try await impersonated(request, by: try await identity(request, connection))
        guard let path = parsed.resource else {
            try authorize(parsed.identity, .path(parsed.path), verb: parsed.method.lowercased())
            return (parsed, .path)
        }
        try authorize(parsed, path)
        let review = ReviewHandler.Review(path)
        let plan: Plan
        if let review { plan = .review(review) } else { plan = .resource(try resources.target(path)) }
        subject = APIMetrics.Subject(
            verb: Self.verb(parsed, path).uppercased(),
            group: path.group,
            version: path.version,
            resource: path.plural,
            subresource: path.subresource ?? ""
        )
        if ["POST", "PUT", "PATCH", "DELETE"].contains(parsed.method) {
            // Of the cluster's administrators nobody asks how much they send.
            let isFree = FlowControl.level(of: parsed.identity) == nil
            let share = budget.share(of: isFree ? nil : parsed.identity.user)
            parsed.body = try await body(of: request, share)
            parsed.share = share
        }
        return (parsed, plan)
    }

    private func answer(
        _ request: APIRequest,
        _ plan: Plan,
        on connection: Connection
    ) async throws(Refusal) -> Reply {
        // Whoever asks for health must be answered while others flood the server.
        if case .path = plan, PathHandler.isHealth(request.path) { return try await answer(request, plan) }
        guard let level = FlowControl.level(of: request.identity) else { return try await answer(request, plan) }
        try await flow.enter(level, user: request.identity.user, on: connection.channel.eventLoop)
        defer { flow.leave(level) }
        return try await answer(request, plan)
    }

    private func answer(
        _ request: APIRequest,
        _ plan: Plan
    ) async throws(Refusal) -> Reply {
        switch plan {
        case .resource(let target): try await resources.answer(request, target)
        case .review(let review): try await reviews.answer(request, review)
        case .path: try await paths.answer(request)
        }
    }

    /// How long a request waits for a server that has just begun.
    private static let readyTimeout = Duration.seconds(3)

    // MARK: Who

    private func identity(_ request: Request, _ connection: Connection) async throws(Refusal) -> RequestIdentity {
        if let header = request.headers[.authorization] {
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw .unauthorized }
            guard let identity = await authenticator.identity(bearerToken: String(parts[1])) else {
                throw .unauthorized
            }
            return identity
        }
        switch await connection.certified(by: authenticator) {
        case .none: return .anonymous
        case .identity(let identity): return identity
        case .unknown: throw .unauthorized
        }
    }

    /// Whom the request is to be taken for: the client, or whom it names in `Impersonate-User` and `-Group`, if it may.
    ///
    /// Source: `k8s.io/apiserver/pkg/endpoints/filters/impersonation`.
    private func impersonated(
        _ request: Request,
        by identity: RequestIdentity
    ) async throws(Refusal) -> RequestIdentity {
        let named = request.headers.map(\.name.canonicalName).filter { $0.hasPrefix("impersonate-") }
        guard !named.isEmpty else { return identity }
        let user = HTTPField.Name("Impersonate-User").flatMap { request.headers[$0] } ?? ""
        let groups = HTTPField.Name("Impersonate-Group").map { request.headers[values: $0] } ?? []
        let known: Set<String> = ["impersonate-user", "impersonate-group"]
        guard !user.isEmpty, named.allSatisfy({ known.contains($0) }) else {
            throw .badRequest("impersonation takes Impersonate-User, and Impersonate-Group beside it, and nothing else")
        }
        func check(_ plural: String, namespace: String = "", name: String) throws(Refusal) {
            let target = RequestAttributes.Target.resource(
                group: "",
                plural: plural,
                subresource: "",
                namespace: namespace,
                name: name
            )
            try authorize(identity, target, verb: "impersonate")
        }
        if let account = ServiceAccountName(user: user) {
            try check("serviceaccounts", namespace: account.namespace, name: account.name)
        } else {
            try check("users", name: user)
        }
        for group in groups { try check("groups", name: group) }
        var all = groups
        if groups.isEmpty, let account = ServiceAccountName(user: user) { all = account.groups }
        let isAnonymous = user == RequestIdentity.anonymous.user
        let own = isAnonymous ? "system:unauthenticated" : "system:authenticated"
        if !all.contains(own) { all.append(own) }
        return RequestIdentity(user: user, groups: all)
    }

    private func authorize(_ request: APIRequest, _ path: ResourcePath) throws(Refusal) {
        let verb = Self.verb(request, path)
        var (name, fields) = (path.name ?? "", [String: String]())
        if path.name == nil, ["list", "watch", "deletecollection"].contains(verb),
            let selector = request.query["fieldSelector"].flatMap({ try? FieldSelector(parsing: $0) })
        {
            for term in selector.terms where term.isEqual { fields[term.field] = term.value }
            // Who may see one object may list it and follow it.
            name = fields["metadata.name"] ?? ""
        }
        let target = RequestAttributes.Target.resource(
            group: path.group,
            plural: path.plural,
            subresource: path.subresource ?? "",
            namespace: path.namespace ?? "",
            name: name
        )
        try authorize(request.identity, target, verb: verb, fields)
        // A WebSocket begins with a GET, and yet what it does with exec is no reading.
        // Source: the feature gate AuthorizePodWebsocketUpgradeCreatePermission.
        let part = Subresource(rawValue: path.subresource ?? "")
        if request.upgrade != nil, verb == "get", let part, part.leadsToNode, part.verbs.contains("create") {
            try authorize(request.identity, target, verb: "create")
        }
    }

    /// What is done, as authorization has it.
    private static func verb(_ request: APIRequest, _ path: ResourcePath) -> String {
        if path.isWatch, request.method == "GET" { return "watch" }
        let isWatch = request.method == "GET" && request.query.isSet("watch")
        return
            switch (request.method, path.name)
        {
        case ("GET", nil), ("HEAD", nil): isWatch ? "watch" : "list"
        case ("GET", _), ("HEAD", _): "get"
        case ("POST", _): "create"
        case ("PUT", _): "update"
        case ("PATCH", _): "patch"
        case ("DELETE", nil): "deletecollection"
        case ("DELETE", _): "delete"
        default: ""
        }
    }

    private func authorize(
        _ identity: RequestIdentity,
        _ target: RequestAttributes.Target,
        verb: String,
        _ fields: [String: String] = [:]
    ) throws(Refusal) {
        let attributes = RequestAttributes(identity: identity, verb: verb, target: target, fieldsEqual: fields)
        guard case .denied(let reason) = authorizer.decide(attributes) else { return }
        switch target {
        case .path(let path):
            throw .forbidden(user: identity.user, verb: verb, path: path, reason: reason)
        case .resource(let group, let plural, let subresource, let namespace, let name):
            throw .forbidden(
                user: identity.user,
                verb: verb,
                QualifiedName(group: group, name: plural),
                subresource: subresource,
                namespace: namespace,
                name: name,
                reason: reason
            )
        }
    }

    // MARK: Body

    private func body(of request: Request, _ share: BodyShare) async throws(Refusal) -> [UInt8] {
        if let text = request.headers[.contentLength], let count = Int(text), count > limits.bodyByteCount {
            throw .tooLarge(limit: limits.bodyByteCount)
        }
        var bytes: [UInt8] = []
        do {
            for try await piece in request.body {
                guard bytes.count + piece.readableBytes <= limits.bodyByteCount else {
                    throw Refusal.tooLarge(limit: limits.bodyByteCount)
                }
                try share.take(piece.readableBytes)
                bytes.append(contentsOf: piece.readableBytesView)
            }
        } catch let error as Refusal {
            throw error
        } catch {
            throw .badRequest("the body of the request is not complete: \(error)")
        }
        return bytes
    }

    private static func accept(_ request: Request) -> AcceptHeader {
        AcceptHeader(request.headers[values: .accept].joined(separator: ","))
    }

    private static func mediaType(_ header: String) -> String {
        let type = header.split(separator: ";", maxSplits: 1).first ?? ""
        return type.filter { $0 != " " }.lowercased()
    }
}

/// How large requests may be.
struct RequestLimits: Sendable {
    /// A body.
    var bodyByteCount = 3 << 20
    /// Path and query.
    var urlByteCount = 32 << 10
}
