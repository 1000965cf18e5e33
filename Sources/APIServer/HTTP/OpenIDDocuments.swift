public import JSON

/// What others need to know to check tokens of service accounts by themselves: OpenID Connect Discovery 1.0, and the keys
/// as RFC 7517 has them.
///
/// Source: `k8s.io/kubernetes/pkg/serviceaccount/openidmetadata.go`.
public struct OpenIDDocuments: Sendable {
    /// Who issues tokens, as they say.
    public var issuer: String
    /// The keys, as a JSON Web Key Set.
    public var keys: JSONValue

    /// Documents from their parts.
    public init(issuer: String, keys: JSONValue) {
        self.issuer = issuer
        self.keys = keys
    }

    /// The answer to a path; nil where it is of something else.
    func answer(_ segments: [String], address: String) -> Reply? {
        var reply: Reply
        switch segments {
        case [".well-known", "openid-configuration"]:
            let document: JSONValue = [
                "issuer": .string(issuer), "jwks_uri": .string("https://\(address)/openid/v1/jwks"),
                "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            ]
            reply = Reply(contentType: "application/json", document.json)
        case ["openid", "v1", "jwks"]: reply = Reply(contentType: "application/jwk-set+json", keys.json)
        default: return nil
        }
        reply.headers = [("Cache-Control", "public, max-age=3600")]
        return reply
    }
}
