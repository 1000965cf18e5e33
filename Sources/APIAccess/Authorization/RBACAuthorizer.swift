public import JSON
import Synchronization

/// Decides by roles and bindings, which may change meanwhile. Members of `system:masters` may do anything, so that
/// a cluster whose roles are damaged can be mended.
public final class RBACAuthorizer: Authorizer {
    /// The group that may do anything.
    public static let superusers = "system:masters"

    private let policy: Mutex<RBACPolicy>

    /// An authorizer with this policy.
    public init(_ policy: RBACPolicy = RBACPolicy()) {
        self.policy = Mutex(policy)
    }

    /// The policy at this moment.
    public var currentPolicy: RBACPolicy { policy.withLock { $0 } }

    /// Takes an object in.
    public func put(_ kind: RoleKind, _ object: JSONValue) {
        policy.withLock { $0.put(kind, object) }
    }

    /// Forgets an object.
    public func remove(_ kind: RoleKind, namespace: String?, name: String) {
        policy.withLock { $0.remove(kind, namespace: namespace, name: name) }
    }

    /// Makes these all the objects of a kind that there are, such as after changes may have been missed.
    public func replaceAll(_ kind: RoleKind, _ objects: some Sequence<JSONValue>) {
        policy.withLock { $0.replaceAll(kind, objects) }
    }

    /// Decides.
    public func decide(_ attributes: RequestAttributes) -> AccessDecision {
        if attributes.identity.groups.contains(Self.superusers) {
            return .allowed(reason: "member of \(Self.superusers)")
        }
        guard let reason = currentPolicy.reason(for: attributes) else { return .denied(reason: "") }
        return .allowed(reason: reason)
    }

    /// What roles give somebody.
    public func rules(for identity: RequestIdentity, namespace: String) -> RuleList {
        guard !identity.groups.contains(Self.superusers) else {
            return RuleList([
                PolicyRule(verbs: ["*"], apiGroups: ["*"], resources: ["*"]),
                PolicyRule(verbs: ["*"], nonResourceURLs: ["*"]),
            ])
        }
        return RuleList(currentPolicy.rules(for: identity, namespace: namespace))
    }
}

/// Asks several authorizers: what one of them allows is allowed.
public struct AuthorizerChain: Authorizer {
    private let authorizers: [any Authorizer]

    /// A chain of these, asked in this order.
    public init(_ authorizers: [any Authorizer]) {
        self.authorizers = authorizers
    }

    /// Decides; the reason of a denial is all that were given.
    public func decide(_ attributes: RequestAttributes) -> AccessDecision {
        var reasons: [String] = []
        for authorizer in authorizers {
            switch authorizer.decide(attributes) {
            case .allowed(let reason): return .allowed(reason: reason)
            case .denied(let reason): if !reason.isEmpty { reasons.append(reason) }
            }
        }
        return .denied(reason: reasons.joined(separator: ", "))
    }

    /// What all of them give somebody.
    public func rules(for identity: RequestIdentity, namespace: String) -> RuleList {
        let lists = authorizers.map { $0.rules(for: identity, namespace: namespace) }
        let gaps = lists.compactMap(\.gap)
        return RuleList(lists.flatMap(\.rules), gap: gaps.isEmpty ? nil : gaps.joined(separator: ", "))
    }
}
