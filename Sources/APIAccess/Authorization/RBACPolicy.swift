public import JSON
import KubernetesAPI

/// Roles and bindings as they are, made ready for questions.
///
/// Semantics: `k8s.io/kubernetes/pkg/registry/rbac/validation/rule.go`. Nobody is ever denied by a rule: what no rule
/// allows is not allowed.
public struct RBACPolicy: Sendable {
    /// A role that somebody has.
    struct Grant: Sendable, Hashable {
        /// Where it counts; nil for everywhere.
        var namespace: String?
        var role: RoleReference
        /// The binding, for the reason that the log tells.
        var binding: String
    }

    private var rules: [RoleReference: [PolicyRule]] = [:]
    /// The subjects of each binding, for when it goes.
    private var subjects: [String: [RoleSubject]] = [:]
    private var grants: [RoleSubject: Set<Grant>] = [:]

    /// A policy that allows nothing.
    public init() {}

    // MARK: Changes

    /// Takes an object in, in place of the one of its name.
    ///
    /// - Parameter object: Of that kind, with a name. One that cannot be understood allows nothing.
    public mutating func put(_ kind: RoleKind, _ object: JSONValue) {
        guard let name = object[path: "metadata", "name"]?.string else { return }
        let namespace = kind.resource.namespaced ? object[path: "metadata", "namespace"]?.string : nil
        switch kind {
        case .role, .clusterRole:
            rules[RoleReference(namespace: namespace, name: name)] =
                object["rules"]?.array?.map { PolicyRule($0) } ?? []
        case .roleBinding, .clusterRoleBinding:
            bind(kind, namespace: namespace, name: name, object)
        }
    }

    /// Makes these all the objects of a kind that there are.
    public mutating func replaceAll(_ kind: RoleKind, _ objects: some Sequence<JSONValue>) {
        switch kind {
        case .role: rules = rules.filter { $0.key.namespace == nil }
        case .clusterRole: rules = rules.filter { $0.key.namespace != nil }
        case .roleBinding, .clusterRoleBinding:
            let mark = "\(kind.rawValue) "
            for binding in Array(subjects.keys) where binding.hasPrefix(mark) { unbind(binding) }
        }
        for object in objects { put(kind, object) }
    }

    /// Forgets an object.
    ///
    /// - Parameter namespace: Nil for kinds that have none.
    public mutating func remove(_ kind: RoleKind, namespace: String?, name: String) {
        switch kind {
        case .role, .clusterRole:
            rules[RoleReference(namespace: kind == .role ? namespace : nil, name: name)] = nil
        case .roleBinding, .clusterRoleBinding:
            unbind(Self.bindingName(kind, namespace: namespace, name: name))
        }
    }

    private static func bindingName(_ kind: RoleKind, namespace: String?, name: String) -> String {
        let whole = namespace.map { "\(name)/\($0)" } ?? name
        return "\(kind.rawValue) \"\(whole)\""
    }

    private mutating func bind(_ kind: RoleKind, namespace: String?, name: String, _ object: JSONValue) {
        let binding = Self.bindingName(kind, namespace: namespace, name: name)
        unbind(binding)
        guard let roleName = object[path: "roleRef", "name"]?.string,
            let roleKind = object[path: "roleRef", "kind"]?.string.flatMap({ RoleKind(rawValue: $0) }),
            roleKind == .clusterRole || (roleKind == .role && kind == .roleBinding)
        else { return }
        let role = RoleReference(namespace: roleKind == .role ? namespace : nil, name: roleName)
        let grant = Grant(namespace: namespace, role: role, binding: binding)
        let subjects = (object["subjects"]?.array ?? []).compactMap { RoleSubject($0, namespace: namespace) }
        for subject in subjects { grants[subject, default: []].insert(grant) }
        self.subjects[binding] = subjects
    }

    private mutating func unbind(_ binding: String) {
        for subject in subjects.removeValue(forKey: binding) ?? [] {
            grants[subject] = grants[subject]?.filter { $0.binding != binding }
            if grants[subject]?.isEmpty == true { grants[subject] = nil }
        }
    }

    // MARK: Questions

    /// All that somebody was given, in a namespace and everywhere.
    ///
    /// - Parameter namespace: Empty for what counts everywhere only.
    public func rules(for identity: RequestIdentity, namespace: String) -> [PolicyRule] {
        var found: [PolicyRule] = []
        visit(identity, namespace: namespace) { (_, rules) in
            found += rules
            return true
        }
        return found
    }

    /// Into how many single permissions a rule is taken apart to see whether somebody has them; one that amounts to
    /// more is held to be missing, unless one rule of theirs covers it.
    private static let atomLimit = 10_000

    /// Why somebody may do that; nil where nothing allows it.
    public func reason(for attributes: RequestAttributes) -> String? {
        let namespace =
            if case .resource(_, _, _, let namespace, _) = attributes.target { namespace } else { "" }
        var reason: String?
        visit(attributes.identity, namespace: namespace) { (grant, rules) in
            // A path is no part of a namespace: only roles that count everywhere allow one.
            if case .path = attributes.target, grant.namespace != nil { return true }
            guard rules.contains(where: { $0.allows(verb: attributes.verb, target: attributes.target) }) else {
                return true
            }
            let role = grant.role.namespace == nil ? RoleKind.clusterRole : .role
            reason = "RBAC: allowed by \(grant.binding) of \(role.rawValue) \"\(grant.role.name)\""
            return false
        }
        return reason
    }

    /// What of these rules somebody does not have: who may not do a thing may not give it to others, either.
    public func missing(
        from rules: [PolicyRule],
        identity: RequestIdentity,
        namespace: String
    ) -> [PolicyRule] {
        let own = self.rules(for: identity, namespace: namespace)
        var missing: [PolicyRule] = []
        for rule in rules {
            // Somebody's rule that covers all of it at once, such as an administrator's, and the product is not needed.
            if own.contains(where: { $0.covers(rule: rule) }) { continue }
            guard rule.atomCount <= Self.atomLimit else {
                missing.append(rule)
                continue
            }
            missing += rule.atoms.filter { atom in !own.contains { $0.covers(atom: atom) } }
        }
        return missing
    }

    /// The rules of a role; nil where there is no such role.
    ///
    /// - Parameter namespace: Nil for a ClusterRole.
    public func rules(ofRole name: String, namespace: String?) -> [PolicyRule]? {
        rules[RoleReference(namespace: namespace, name: name)]
    }

    private func visit(
        _ identity: RequestIdentity,
        namespace: String,
        _ body: (Grant, [PolicyRule]) -> Bool
    ) {
        let subjects = [RoleSubject.user(identity.user)] + identity.groups.map { .group($0) }
        for subject in subjects {
            for grant in grants[subject] ?? [] where grant.namespace == nil || grant.namespace == namespace {
                guard body(grant, rules[grant.role] ?? []) else { return }
            }
        }
    }
}
