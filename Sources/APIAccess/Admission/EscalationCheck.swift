public import JSON
import KubernetesAPI

/// Keeps people from giving away what they do not have: who makes a role must have all that it allows, who makes a
/// binding must have all that its role allows; or the verbs `escalate` and `bind`.
///
/// Source: `k8s.io/kubernetes/pkg/registry/rbac/{role,rolebinding}/policybased/storage.go`.
public struct EscalationCheck: Sendable {
    private let policy: RBACPolicy

    /// A check against this policy.
    public init(policy: RBACPolicy) {
        self.policy = policy
    }

    /// What a role that gathers the rules of others may come to allow.
    private static let everything = [
        PolicyRule(verbs: ["*"], apiGroups: ["*"], resources: ["*"]),
        PolicyRule(verbs: ["*"], nonResourceURLs: ["*"]),
    ]

    /// Why somebody may not write this role or binding; nil where they may.
    ///
    /// - Parameter old: The role as it is; nil where it is new.
    public func objection(
        to identity: RequestIdentity,
        kind: RoleKind,
        object: JSONValue,
        old: JSONValue? = nil
    ) -> String? {
        guard !identity.groups.contains(RBACAuthorizer.superusers) else { return nil }
        let namespace = kind.resource.namespaced ? object[path: "metadata", "namespace"]?.string ?? "" : ""
        let name = object[path: "metadata", "name"]?.string ?? ""
        let wanted: [PolicyRule]
        switch kind {
        case .role, .clusterRole:
            guard !may(identity, "escalate", kind, namespace: namespace, name: name) else { return nil }
            wanted = object["rules"]?.array?.map { PolicyRule($0) } ?? []
        case .roleBinding, .clusterRoleBinding:
            guard let roleName = object[path: "roleRef", "name"]?.string,
                let roleKind = object[path: "roleRef", "kind"]?.string.flatMap({ RoleKind(rawValue: $0) })
            else { return nil }
            guard !may(identity, "bind", roleKind, namespace: namespace, name: roleName) else { return nil }
            guard let rules = policy.rules(ofRole: roleName, namespace: roleKind == .role ? namespace : nil) else {
                return "\(roleKind.resource.plural).rbac.authorization.k8s.io \"\(roleName)\" not found"
            }
            wanted = rules
        }
        let missing = policy.missing(from: wanted, identity: identity, namespace: namespace)
        guard !missing.isEmpty else {
            guard kind == .clusterRole, Self.gathers(object) || old.map(Self.gathers) == true else { return nil }
            let isCovered = policy.missing(from: Self.everything, identity: identity, namespace: "").isEmpty
            return isCovered ? nil : "must have cluster-admin privileges to use the aggregationRule"
        }
        let shown = missing.prefix(16).map { String(decoding: $0.json.json, as: UTF8.self) }.joined(separator: "\n")
        return """
            user "\(identity.user)" (groups=[\(identity.groups.map { "\"\($0)\"" }.joined(separator: " "))]) is attempting \
            to grant RBAC permissions not currently held:
            \(shown)
            """
    }

    /// Whether a role gathers the rules of others.
    private static func gathers(_ role: JSONValue) -> Bool {
        role[path: "aggregationRule", "clusterRoleSelectors"]?.array?.isEmpty == false
    }

    private func may(
        _ identity: RequestIdentity,
        _ verb: String,
        _ kind: RoleKind,
        namespace: String,
        name: String
    ) -> Bool {
        let resource = kind.resource
        return policy.reason(
            for: RequestAttributes(
                identity: identity,
                verb: verb,
                target: .resource(
                    group: resource.group,
                    plural: resource.plural,
                    subresource: "",
                    namespace: namespace,
                    name: name
                )
            )
        ) != nil
    }
}
