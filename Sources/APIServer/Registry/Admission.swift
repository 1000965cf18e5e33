public import APIAccess
public import APIRegistry
public import JSON
public import KubernetesAPI

/// A write that somebody asks for, before it is done.
public struct AdmissionRequest: Sendable {
    /// Who asks.
    public var identity: RequestIdentity
    /// `create`, `update` or `delete`; a patch is an update.
    public var verb: String
    /// The kind.
    public var resource: ResourceType
    /// The part that is written; nil for the object.
    public var part: Subresource?
    /// The object's namespace; nil for kinds that have none.
    public var namespace: String?
    /// The object's name.
    public var name: String
    /// The object as it is to be, with its defaults; nil in a delete.
    public var object: JSONValue?
    /// The object as it is; nil in a create.
    public var old: JSONValue?
}

/// Objects to writes that who asks may do in general, but not so.
public protocol AdmissionCheck: Sendable {
    /// Why the write is refused (403); nil where it is not.
    func objection(to request: AdmissionRequest) -> String?
}

extension ObjectRegistry {
    /// Asks all checks.
    func admit(_ request: AdmissionRequest) throws(Refusal) {
        for check in admission {
            guard let words = check.objection(to: request) else { continue }
            throw .forbidden(request.resource, name: request.name, words)
        }
    }

    /// Asks all checks about a plan; the server's own writes are not asked about.
    func admit(_ plan: WritePlan, by identity: RequestIdentity?, _ part: Subresource?) throws(Refusal) {
        guard let identity, !admission.isEmpty else { return }
        let metadata = plan.new["metadata"]
        try admit(
            AdmissionRequest(
                identity: identity,
                verb: plan.old == nil ? "create" : "update",
                resource: plan.kind.resource,
                part: part,
                namespace: metadata?["namespace"]?.string,
                name: metadata?["name"]?.string ?? "",
                object: plan.new,
                old: plan.old?.value
            )
        )
    }
}
