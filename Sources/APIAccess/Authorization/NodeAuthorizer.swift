public import JSON
import Synchronization

/// Lets a node do what a kubelet and a proxy need, and only with what belongs to it: its Node, its Lease, the pods
/// bound to it, and what those pods need.
///
/// Source: `k8s.io/kubernetes/plugin/pkg/auth/authorizer/node/node_authorizer.go`, and `NodeRules` in
/// `k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go`.
public final class NodeAuthorizer: Authorizer {
    /// The group that nodes are in.
    public static let group = "system:nodes"
    /// What a node's user name begins with.
    public static let userPrefix = "system:node:"

    private let graph = Mutex(NodeGraph())

    /// An authorizer that knows no pods yet.
    public init() {}

    /// The node that an identity is; nil for anybody else.
    public static func node(of identity: RequestIdentity) -> String? {
        guard identity.groups.contains(group), identity.user.hasPrefix(userPrefix) else { return nil }
        let name = identity.user.dropFirst(userPrefix.count)
        return name.isEmpty ? nil : String(name)
    }

    /// Takes a pod in.
    public func put(pod: JSONValue) {
        graph.withLock { $0.put(pod: pod) }
    }

    /// Makes these all the pods that there are, such as after changes may have been missed.
    public func replaceAll(pods: some Sequence<JSONValue>) {
        var graph = NodeGraph()
        for pod in pods { graph.put(pod: pod) }
        self.graph.withLock { $0 = graph }
    }

    /// Forgets a pod.
    public func removePod(namespace: String, name: String) {
        graph.withLock { $0.remove(namespace: namespace, name: name) }
    }

    /// The node that a pod is bound to; nil where there is no such pod or it is bound to none.
    public func node(ofPod name: String, namespace: String) -> String? {
        graph.withLock { $0.node(ofPod: name, namespace: namespace) }
    }

    /// Of a node, only that it may more than rules can say.
    public func rules(for identity: RequestIdentity, namespace: String) -> RuleList {
        let isNode = Self.node(of: identity) != nil
        return RuleList(gap: isNode ? "what belongs to a node is not told by rules" : nil)
    }

    /// Decides; says nothing of who is no node.
    public func decide(_ attributes: RequestAttributes) -> AccessDecision {
        guard let node = Self.node(of: attributes.identity) else { return .denied(reason: "") }
        guard case .resource(let group, let plural, let subresource, let namespace, let name) = attributes.target
        else { return .denied(reason: "") }
        let whole = subresource.isEmpty ? plural : "\(plural)/\(subresource)"
        switch (group, whole) {
        case ("", "secrets"):
            return read(attributes, .secret(namespace: namespace, name: name), node: node)
        case ("", "configmaps"):
            return read(attributes, .configMap(namespace: namespace, name: name), node: node)
        case ("", "serviceaccounts"):
            return read(attributes, .serviceAccount(namespace: namespace, name: name), node: node)
        case ("", "serviceaccounts/token"):
            guard attributes.verb == "create" else {
                return .denied(reason: "node \"\(node)\" can only create tokens of service accounts")
            }
            return needed(.serviceAccount(namespace: namespace, name: name), node: node)
        case ("coordination.k8s.io", "leases"):
            return lease(attributes.verb, namespace: namespace, name: name, node: node)
        case ("", "nodes"), ("", "nodes/status"):
            return self.node(attributes, whole, name: name, node: node)
        case ("", "pods"), ("", "pods/status"), ("", "pods/eviction"):
            return pod(attributes, whole, namespace: namespace, name: name, node: node)
        default:
            let isAllowed = Self.common.contains { $0.allows(verb: attributes.verb, target: attributes.target) }
            return isAllowed ? .allowed(reason: "rules of nodes") : .denied(reason: "")
        }
    }

    /// What every node may do with what belongs to none.
    private static let common: [PolicyRule] = [
        PolicyRule(
            verbs: ["get", "list", "watch"],
            apiGroups: [""],
            resources: ["services", "endpoints", "namespaces"]
        ),
        PolicyRule(verbs: ["get", "list", "watch"], apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"]),
        PolicyRule(verbs: ["get", "list", "watch"], apiGroups: ["networking.k8s.io"], resources: ["servicecidrs"]),
        PolicyRule(verbs: ["create", "patch", "update"], apiGroups: ["", "events.k8s.io"], resources: ["events"]),
        PolicyRule(verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"]),
        PolicyRule(
            verbs: ["create"],
            apiGroups: ["authorization.k8s.io"],
            resources: ["subjectaccessreviews", "localsubjectaccessreviews"]
        ),
    ]

    private func needed(_ need: NodeGraph.Need, node: String) -> AccessDecision {
        graph.withLock { $0.node(node, needs: need) }
            ? .allowed(reason: "a pod of node \"\(node)\" needs it")
            : .denied(reason: "no relationship found between node '\(node)' and this object")
    }

    private func read(_ attributes: RequestAttributes, _ need: NodeGraph.Need, node: String) -> AccessDecision {
        switch attributes.verb {
        case "get": return needed(need, node: node)
        case "list", "watch":
            // One object by its name is what a kubelet follows.
            guard case .resource(let group, let plural, let part, let namespace, _) = attributes.target,
                let name = attributes.fieldsEqual["metadata.name"], !namespace.isEmpty
            else { break }
            let single = RequestAttributes.Target.resource(
                group: group,
                plural: plural,
                subresource: part,
                namespace: namespace,
                name: name
            )
            return decide(RequestAttributes(identity: attributes.identity, verb: "get", target: single))
        default: break
        }
        return .denied(reason: "node \"\(node)\" can only read single objects of this type that its pods need")
    }

    private func lease(_ verb: String, namespace: String, name: String, node: String) -> AccessDecision {
        guard namespace == "kube-node-lease" else {
            return .denied(reason: "node \"\(node)\" can only access leases in the \"kube-node-lease\" namespace")
        }
        guard ["get", "create", "update", "patch", "delete"].contains(verb) else {
            return .denied(reason: "node \"\(node)\" cannot \(verb) leases")
        }
        guard verb == "create" || name == node else {
            return .denied(reason: "node \"\(node)\" can only access its own lease")
        }
        return .allowed(reason: "the node's own lease")
    }

    private func node(
        _ attributes: RequestAttributes,
        _ whole: String,
        name: String,
        node: String
    ) -> AccessDecision {
        switch attributes.verb {
        case "list", "watch":
            // The overlay and the proxy on a node need to know all nodes.
            return .allowed(reason: "nodes know each other")
        case "get": return .allowed(reason: "nodes know each other")
        case "create" where whole == "nodes": return .allowed(reason: "a node registers itself")
        case "update", "patch":
            guard name == node else { return .denied(reason: "node \"\(node)\" can only change its own Node") }
            return .allowed(reason: "the node's own Node")
        default: return .denied(reason: "node \"\(node)\" cannot \(attributes.verb) \(whole)")
        }
    }

    private func pod(
        _ attributes: RequestAttributes,
        _ whole: String,
        namespace: String,
        name: String,
        node: String
    ) -> AccessDecision {
        switch attributes.verb {
        case "list", "watch":
            guard attributes.fieldsEqual["spec.nodeName"] == node || isOwnPod(attributes, namespace, node) else {
                return .denied(
                    reason: "node \"\(node)\" can only list and watch pods with spec.nodeName=\(node)"
                )
            }
            return .allowed(reason: "the node's own pods")
        case "get": return owned(namespace: namespace, name: name, node: node)
        case "create" where whole == "pods":
            return .denied(reason: "node \"\(node)\" cannot create pods: mirror pods are not supported")
        case "create" where whole == "pods/eviction", "delete" where whole == "pods",
            "update" where whole == "pods/status", "patch" where whole == "pods/status":
            return owned(namespace: namespace, name: name, node: node)
        default: return .denied(reason: "node \"\(node)\" cannot \(attributes.verb) \(whole)")
        }
    }

    private func isOwnPod(_ attributes: RequestAttributes, _ namespace: String, _ node: String) -> Bool {
        guard let name = attributes.fieldsEqual["metadata.name"] else { return false }
        return self.node(ofPod: name, namespace: namespace) == node
    }

    private func owned(namespace: String, name: String, node: String) -> AccessDecision {
        guard self.node(ofPod: name, namespace: namespace) == node else {
            return .denied(reason: "no relationship found between node '\(node)' and this object")
        }
        return .allowed(reason: "a pod of the node")
    }
}
