import APIAccess
import KubernetesAPI

/// A request, as far as HTTP goes.
struct APIRequest: Sendable {
    /// Such as `GET`.
    var method: String
    /// The path as it was sent, without the query.
    var path: String
    /// The path's parts between slashes, decoded.
    var segments: [String]
    /// What follows the question mark.
    var query: QueryParameters
    /// What the client accepts.
    var accept: AcceptHeader
    /// `Content-Type` of the body, in lower case and without parameters; empty where there is none.
    var contentType: String
    /// `User-Agent`.
    var userAgent: String
    /// `If-None-Match`: the version that the client has already.
    var knownTag: String?
    /// What the connection is to become; nil where it stays what it is.
    var upgrade: UpgradeRequest?
    /// Who asks.
    var identity: RequestIdentity
    /// The body.
    var body: [UInt8] = []
    /// What the body took of the memory for bodies; given back with the request.
    var share: BodyShare?

    /// Whether the answer is for people: asked for, or the client is one that people use.
    var wantsPretty: Bool {
        if query["pretty"] != nil { return query.isSet("pretty") }
        return ["curl", "Wget", "Mozilla/5.0"].contains { userAgent.hasPrefix($0) }
    }

    /// Whether the client asks for discovery, health or anything else that is no resource.
    var resource: ResourcePath? { ResourcePath(segments) }
}
