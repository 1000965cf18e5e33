import APIAccess
import APIRegistry
import APIServer
import JSON
import KubernetesAPI

/// Makes the tokens that pods and others ask for.
///
/// Source: `k8s.io/kubernetes/pkg/registry/core/serviceaccount/storage/token.go`.
struct AccountTokenIssuer: TokenIssuer {
    let tokens: ServiceAccountTokens
    /// Whom tokens are for that do not say.
    let audiences: [String]
    /// An object of the core group that a token is bound to; nil where it is not there.
    let lookup: @Sendable (_ plural: String, _ namespace: String?, _ name: String) -> JSONValue?

    private static let leastSeconds = 600
    private static let usualSeconds = 3_600
    private static let mostSeconds = 1 << 32

    func token(for request: JSONValue, account: JSONValue) async throws(Refusal) -> JSONValue {
        let namespace = account["metadata"]?["namespace"]?.string ?? ""
        let name = account["metadata"]?["name"]?.string ?? ""
        var answer = request
        let seconds = request["spec"]?["expirationSeconds"]?.integer ?? Self.usualSeconds
        guard seconds >= Self.leastSeconds, seconds <= Self.mostSeconds else {
            let words =
                seconds < Self.leastSeconds
                ? "may not specify a duration less than 10 minutes"
                : "may not specify a duration larger than 2^32 seconds"
            let error = FieldError("spec.expirationSeconds", .invalid, value: .integer(seconds), words)
            throw .invalid(QualifiedName(group: "authentication.k8s.io", name: "TokenRequest"), name: "", [error])
        }
        let asked = (request["spec"]?["audiences"]?.array ?? []).compactMap(\.string)
        let audiences = asked.isEmpty ? self.audiences : asked
        let now = Timestamp.now
        let expires = Timestamp(seconds: now.seconds).advanced(by: .seconds(seconds))
        let claims = ServiceAccountTokens.Claims(
            account: ServiceAccountName(namespace: namespace, name: name),
            accountUID: account["metadata"]?["uid"]?.string ?? "",
            audiences: audiences,
            issued: Timestamp(seconds: now.seconds),
            expires: expires,
            id: Self.identifier(),
            bound: try bound(request["spec"]?["boundObjectRef"], account: name, namespace: namespace)
        )
        answer[path: "spec", "audiences"] = .strings(audiences)
        answer[path: "spec", "expirationSeconds"] = .integer(seconds)
        do {
            answer["status"] = [
                "token": .string(try await tokens.sign(claims)), "expirationTimestamp": .string("\(expires)"),
            ]
        } catch {
            throw .internalError("the token cannot be signed: \(error)")
        }
        return answer
    }

    private func bound(
        _ reference: JSONValue?,
        account: String,
        namespace: String
    ) throws(Refusal) -> ServiceAccountTokens.BoundObject? {
        guard let reference, reference.object?.isEmpty == false else { return nil }
        let kind = reference["kind"]?.string ?? ""
        let name = reference["name"]?.string ?? ""
        guard ["Pod", "Secret", "Node"].contains(kind) else {
            throw .badRequest("cannot bind token for serviceaccount to object of type \(kind)")
        }
        let plural = QualifiedName(group: "", name: kind.lowercased() + "s")
        guard let object = lookup(plural.name, kind == "Node" ? nil : namespace, name),
            let uid = object["metadata"]?["uid"]?.string
        else { throw .notFound(plural, name: name) }
        if kind == "Pod", object["spec"]?["serviceAccountName"]?.string != account {
            let words = "cannot bind token for serviceaccount \"\(account)\" to pod running with different "
            throw .badRequest(words + "serviceaccount name.")
        }
        if let wanted = reference["uid"]?.string, !wanted.isEmpty, wanted != uid {
            let words =
                "the UID in the bound object reference (\(wanted)) does not match the UID in record. The object "
            throw .conflict(plural, name: name, words + "might have been deleted and then recreated")
        }
        return ServiceAccountTokens.BoundObject(kind: kind, name: name, uid: uid)
    }

    private static func identifier() -> String {
        var generator = SystemRandomNumberGenerator()
        return ObjectMetadata.uid(using: &generator)
    }
}
