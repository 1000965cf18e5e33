import APIAccess
import APIRegistry
import JSON
import KubernetesAPI

/// Answers who somebody is, and what he may: kinds of which nothing is kept.
///
/// Source: `k8s.io/api/authorization/v1`, `k8s.io/api/authentication/v1`.
struct ReviewHandler: Sendable {
    /// Reads bodies.
    let bodies: BodyReader
    /// Writes answers.
    let protobuf: ProtobufWriter
    /// Decides what somebody may.
    let authorizer: any Authorizer
    /// Knows who a token stands for.
    let authenticator: any Authenticator

    /// What can be asked.
    enum Review: String, Sendable, CaseIterable {
        case selfSubjectAccess = "SelfSubjectAccessReview"
        case subjectAccess = "SubjectAccessReview"
        case localSubjectAccess = "LocalSubjectAccessReview"
        case selfSubjectRules = "SelfSubjectRulesReview"
        case selfSubject = "SelfSubjectReview"
        case token = "TokenReview"

        var group: String {
            switch self {
            case .selfSubject, .token: "authentication.k8s.io"
            default: "authorization.k8s.io"
            }
        }

        var plural: String { rawValue.lowercased() + "s" }

        var schema: String { "io.k8s.api.\(group.split(separator: ".")[0]).v1.\(rawValue)" }

        /// As discovery tells of it.
        var resource: DiscoveredResource {
            DiscoveredResource(
                group: group,
                version: "v1",
                kind: rawValue,
                plural: plural,
                isNamespaced: self == .localSubjectAccess,
                verbs: ["create"]
            )
        }

        /// The one that a path names; nil for other paths.
        init?(_ path: ResourcePath) {
            guard path.version == "v1", path.name == nil, path.subresource == nil else { return nil }
            let found = Self.allCases.first { $0.group == path.group && $0.plural == path.plural }
            guard let found, (path.namespace != nil) == (found == .localSubjectAccess) else { return nil }
            self = found
        }
    }

    /// Answers a request.
    func answer(_ request: APIRequest, _ review: Review) async throws(Refusal) -> Reply {
        guard request.method == "POST" else { throw .methodNotAllowed }
        guard let form = request.accept.form(AcceptHeader.Offer()) else { throw .notAcceptable() }
        let options = try WriteOptions(request, kind: "CreateOptions")
        var object = try bodies.object(request, schema: review.schema, options.validation).value
        let spec = object["spec"] ?? [:]
        switch review {
        case .selfSubjectAccess, .subjectAccess, .localSubjectAccess:
            let question = try AccessQuestion(object, review, path: request.resource, asker: request.identity)
            object = question.object
            object["status"] = decide(question.attributes)
        case .selfSubjectRules:
            let namespace = spec["namespace"]?.string ?? ""
            guard !namespace.isEmpty else { throw .badRequest("no namespace on request") }
            object["status"] = rules(request.identity, namespace: namespace)
        case .selfSubject: object["status"] = ["userInfo": Self.userInfo(request.identity)]
        case .token:
            let token = spec["token"]?.string ?? ""
            guard !token.isEmpty else { throw .badRequest("token is required for TokenReview in authentication") }
            let audiences = (spec["audiences"]?.array ?? []).compactMap(\.string)
            if let standing = await authenticator.standing(ofToken: token, audiences: audiences) {
                object["status"] = ["authenticated": true, "user": Self.userInfo(standing.identity)]
                if !standing.audiences.isEmpty {
                    object[path: "status", "audiences"] = .strings(standing.audiences)
                }
            } else {
                object["status"] = ["error": "the token stands for nobody here"]
            }
        }
        guard form.format == .protobuf, let message = protobuf.message(object, schema: review.schema) else {
            return Reply(status: 201, contentType: "application/json", object.json)
        }
        let bytes = protobuf.envelope(apiVersion: "\(review.group)/v1", kind: review.rawValue, message)
        return Reply(status: 201, contentType: form.contentType, bytes)
    }

    private func rules(_ identity: RequestIdentity, namespace: String) -> JSONValue {
        let list = authorizer.rules(for: identity, namespace: namespace)
        var status: JSONValue = [
            "resourceRules": .array(list.rules.filter { !$0.resources.isEmpty }.map(\.json)),
            "nonResourceRules": .array(list.rules.filter { !$0.nonResourceURLs.isEmpty }.map(\.json)),
            "incomplete": .bool(list.gap != nil),
        ]
        if let gap = list.gap { status["evaluationError"] = .string(gap) }
        return status
    }

    private func decide(_ attributes: RequestAttributes) -> JSONValue {
        switch authorizer.decide(attributes) {
        case .allowed(let reason): return ["allowed": true, "reason": .string(reason)]
        case .denied(let reason):
            return reason.isEmpty ? ["allowed": false] : ["allowed": false, "reason": .string(reason)]
        }
    }

    private static func userInfo(_ identity: RequestIdentity) -> JSONValue {
        var info: JSONValue = ["username": .string(identity.user)]
        if !identity.uid.isEmpty { info["uid"] = .string(identity.uid) }
        if !identity.groups.isEmpty { info["groups"] = .strings(identity.groups) }
        for (name, values) in identity.extra.sorted(by: { $0.key < $1.key }) {
            info[path: "extra", name] = .strings(values)
        }
        return info
    }
}
