import APIAccess
import APIRegistry
import APIServer
import JSON
import KubernetesAPI

/// Keeps role-based access as the roles and bindings in the store say.
struct PolicyObserver: ObjectObserver {
    let authorizer: RBACAuthorizer

    func concerns(_ resource: ResourceType) -> Bool { kind(resource) != nil }

    func loaded(_ resource: ResourceType, _ objects: any Sequence<JSONValue>) {
        guard let kind = kind(resource) else { return }
        authorizer.replaceAll(kind, objects)
    }

    func changed(_ resource: ResourceType, namespace: String?, name: String, _ object: JSONValue?) {
        guard let kind = kind(resource) else { return }
        if let object {
            authorizer.put(kind, object)
        } else {
            authorizer.remove(kind, namespace: namespace, name: name)
        }
    }

    private func kind(_ resource: ResourceType) -> RoleKind? {
        resource.group == RoleKind.role.resource.group ? RoleKind(rawValue: resource.kind) : nil
    }
}

/// Keeps what nodes may read as their pods need it.
struct NodeObserver: ObjectObserver {
    let authorizer: NodeAuthorizer

    func concerns(_ resource: ResourceType) -> Bool { resource.group.isEmpty && resource.kind == "Pod" }

    func loaded(_ resource: ResourceType, _ objects: any Sequence<JSONValue>) {
        authorizer.replaceAll(pods: objects)
    }

    func changed(_ resource: ResourceType, namespace: String?, name: String, _ object: JSONValue?) {
        if let object {
            authorizer.put(pod: object)
        } else {
            authorizer.removePod(namespace: namespace ?? "", name: name)
        }
    }
}

/// Keeps nodes to what is theirs.
struct NodeRestrictionCheck: AdmissionCheck {
    private let restriction: NodeRestriction

    init(authorizer: NodeAuthorizer) {
        restriction = NodeRestriction { authorizer.node(ofPod: $1, namespace: $0) }
    }

    func objection(to request: AdmissionRequest) -> String? {
        restriction.objection(
            to: request.identity,
            group: request.resource.group,
            plural: request.resource.plural,
            subresource: request.part?.rawValue ?? "",
            namespace: request.namespace,
            object: request.object,
            old: request.old
        )
    }
}

/// Keeps people from giving away what they do not have.
struct EscalationRefusal: AdmissionCheck {
    let authorizer: RBACAuthorizer

    func objection(to request: AdmissionRequest) -> String? {
        guard request.resource.group == RoleKind.role.resource.group, let object = request.object else { return nil }
        guard let kind = RoleKind(rawValue: request.resource.kind), gives(object) != request.old.map(gives) else {
            return nil
        }
        let check = EscalationCheck(policy: authorizer.currentPolicy)
        return check.objection(to: request.identity, kind: kind, object: object, old: request.old)
    }

    /// What the object gives to whom. The rest may be changed by anybody who may write it: a garbage collector takes
    /// finalizers off that it could not grant.
    private func gives(_ object: JSONValue) -> [JSONValue?] {
        ["rules", "aggregationRule", "roleRef", "subjects"].map { object[$0] }
    }
}
