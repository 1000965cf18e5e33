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
    /// Finds out who asks.
    let authenticator: any Authenticator
    /// Decides whether he may.
    let authorizer: any Authorizer
    /// How large requests may be.
    let limits: RequestLimits
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
            if case .watch(let watch) = reply.body { begun = try await watches.begin(watch, on: connection) }
        } catch {
            reply = Reply(refusal: error)
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
        let identity = try await identity(request, connection)
        let parts = target.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.first.flatMap { String($0) } ?? "/"
        var parsed = APIRequest(
            method: request.method.rawValue,
            path: path,
            segments: path.utf8.split(separator: UInt8(ascii: "/")).map {
                QueryParameters.decode($0, plusIsSpace: false)
            },
            query: parts.count > 1 ? QueryParameters(Substring(parts[1])) : QueryParameters(),
            accept: AcceptHeader(request.headers[values: .accept].joined(separator: ",")),
            contentType: Self.mediaType(request.headers[.contentType] ?? ""),
            userAgent: request.headers[.userAgent] ?? "",
            knownTag: request.headers[.ifNoneMatch],
            identity: identity
        )
        guard let path = parsed.resource else {
            try authorize(parsed, .path(parsed.path), verb: parsed.method.lowercased())
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
            parsed.body = try await body(of: request)
        }
        return (parsed, plan)
    }

    private func answer(
        _ request: APIRequest,
        _ plan: Plan,
        on connection: Connection
    ) async throws(Refusal) -> Reply {
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

    private func authorize(_ request: APIRequest, _ path: ResourcePath) throws(Refusal) {
        let target = RequestAttributes.Target.resource(
            group: path.group,
            plural: path.plural,
            subresource: path.subresource ?? "",
            namespace: path.namespace ?? "",
            name: path.name ?? ""
        )
        try authorize(request, target, verb: Self.verb(request, path))
    }

    /// What is done, as authorization has it.
    private static func verb(_ request: APIRequest, _ path: ResourcePath) -> String {
        let isWatch = path.isWatch || request.query.isSet("watch")
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
        _ request: APIRequest,
        _ target: RequestAttributes.Target,
        verb: String
    ) throws(Refusal) {
        let attributes = RequestAttributes(identity: request.identity, verb: verb, target: target)
        guard case .denied(let reason) = authorizer.decide(attributes) else { return }
        switch target {
        case .path(let path):
            throw .forbidden(user: request.identity.user, verb: verb, path: path, reason: reason)
        case .resource(let group, let plural, let subresource, let namespace, let name):
            throw .forbidden(
                user: request.identity.user,
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

    private func body(of request: Request) async throws(Refusal) -> [UInt8] {
        if let text = request.headers[.contentLength], let count = Int(text), count > limits.bodyByteCount {
            throw .tooLarge(limit: limits.bodyByteCount)
        }
        var bytes: [UInt8] = []
        do {
            for try await piece in request.body {
                guard bytes.count + piece.readableBytes <= limits.bodyByteCount else {
                    throw Refusal.tooLarge(limit: limits.bodyByteCount)
                }
                bytes.append(contentsOf: piece.readableBytesView)
            }
        } catch let error as Refusal {
            throw error
        } catch {
            throw .badRequest("the body of the request is not complete: \(error)")
        }
        return bytes
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
