import APIAccess
import JSON
import KubernetesAPI
import Testing

@Suite("RBAC")
struct RBACPolicyTests {
    private func identity(_ user: String, _ groups: String...) -> RequestIdentity {
        RequestIdentity(user: user, groups: groups + ["system:authenticated"])
    }

    private func may(
        _ policy: RBACPolicy,
        _ identity: RequestIdentity,
        _ verb: String,
        _ resource: String,
        group: String = "",
        namespace: String = "",
        name: String = ""
    ) -> Bool {
        let parts = resource.split(separator: "/")
        let target = RequestAttributes.Target.resource(
            group: group,
            plural: String(parts[0]),
            subresource: parts.count > 1 ? String(parts[1]) : "",
            namespace: namespace,
            name: name
        )
        return policy.reason(for: RequestAttributes(identity: identity, verb: verb, target: target)) != nil
    }

    private func role(_ name: String, namespace: String, _ rules: JSONValue...) -> JSONValue {
        ["metadata": ["name": .string(name), "namespace": .string(namespace)], "rules": .array(rules)]
    }

    private func binding(
        _ name: String,
        namespace: String,
        role: String,
        kind: String = "Role",
        _ subjects: JSONValue...
    ) -> JSONValue {
        [
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "roleRef": ["kind": .string(kind), "name": .string(role)],
            "subjects": .array(subjects),
        ]
    }

    @Test("A role counts in its namespace only, for whom a binding names, and only while both exist")
    func roleAndBinding() {
        var policy = RBACPolicy()
        let read: JSONValue = ["verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]]
        policy.put(.role, role("reader", namespace: "a", read))
        policy.put(.roleBinding, binding("b", namespace: "a", role: "reader", ["kind": "User", "name": "jane"]))
        #expect(may(policy, identity("jane"), "list", "pods", namespace: "a"))
        #expect(!may(policy, identity("jane"), "list", "pods", namespace: "b"))
        #expect(!may(policy, identity("jane"), "list", "pods"))
        #expect(!may(policy, identity("joe"), "list", "pods", namespace: "a"))
        #expect(!may(policy, identity("jane"), "delete", "pods", namespace: "a"))
        #expect(!may(policy, identity("jane"), "list", "pods", group: "apps", namespace: "a"))
        #expect(!may(policy, identity("jane"), "get", "pods/log", namespace: "a"))
        policy.remove(.roleBinding, namespace: "a", name: "b")
        #expect(!may(policy, identity("jane"), "list", "pods", namespace: "a"))
    }

    @Test("A binding that comes before its role counts once the role is there")
    func roleLater() {
        var policy = RBACPolicy()
        policy.put(.roleBinding, binding("b", namespace: "a", role: "r", ["kind": "Group", "name": "dev"]))
        #expect(!may(policy, identity("jane", "dev"), "get", "secrets", namespace: "a"))
        policy.put(.role, role("r", namespace: "a", ["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]))
        #expect(may(policy, identity("jane", "dev"), "get", "secrets", namespace: "a"))
        #expect(may(policy, identity("jane", "dev"), "get", "secrets/whatever", namespace: "a"))
    }

    @Test("A rule with names allows no request for all objects")
    func resourceNames() {
        var policy = RBACPolicy()
        let rule: JSONValue = [
            "verbs": ["*"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["one"],
        ]
        policy.put(.role, role("r", namespace: "a", rule))
        policy.put(.roleBinding, binding("b", namespace: "a", role: "r", ["kind": "User", "name": "jane"]))
        #expect(may(policy, identity("jane"), "get", "configmaps", namespace: "a", name: "one"))
        #expect(!may(policy, identity("jane"), "get", "configmaps", namespace: "a", name: "two"))
        #expect(!may(policy, identity("jane"), "list", "configmaps", namespace: "a"))
    }

    @Test("A ServiceAccount of a RoleBinding without a namespace is the binding's")
    func serviceAccount() {
        var policy = RBACPolicy()
        policy.put(
            .clusterRole,
            role("r", namespace: "", ["verbs": ["get"], "apiGroups": ["apps"], "resources": ["*/scale"]])
        )
        policy.put(
            .roleBinding,
            binding("b", namespace: "a", role: "r", kind: "ClusterRole", ["kind": "ServiceAccount", "name": "bot"])
        )
        let bot = identity("system:serviceaccount:a:bot")
        #expect(may(policy, bot, "get", "deployments/scale", group: "apps", namespace: "a", name: "d"))
        #expect(!may(policy, bot, "get", "deployments", group: "apps", namespace: "a", name: "d"))
    }

    @Test(
        "Anybody may ask for health and version, and for nothing else",
        arguments: [
            ("/healthz", true), ("/version", true), ("/readyz", true), ("/livez", true), ("/metrics", false),
            ("/api", false),
            ("/openapi/v2", false),
        ]
    )
    func anonymous(path: String, isAllowed: Bool) {
        let attributes = RequestAttributes(identity: .anonymous, verb: "get", target: .path(path))
        #expect((BootstrapPolicy.policy.reason(for: attributes) != nil) == isAllowed)
    }

    @Test("The bootstrap roles let a proxy read what it needs, and no Secrets")
    func proxier() {
        let policy = BootstrapPolicy.policy
        let proxy = identity("system:kube-proxy")
        #expect(may(policy, proxy, "watch", "services"))
        #expect(may(policy, proxy, "list", "endpointslices", group: "discovery.k8s.io"))
        #expect(may(policy, proxy, "create", "events", group: "events.k8s.io", namespace: "default"))
        #expect(!may(policy, proxy, "get", "secrets", namespace: "default", name: "s"))
        #expect(!may(policy, proxy, "update", "services", namespace: "default", name: "s"))
    }

    @Test("The bootstrap roles let a controller manager and a scheduler ask who asks them, and whether they may answer")
    func delegation() {
        let policy = BootstrapPolicy.policy
        for user in ["system:kube-controller-manager", "system:kube-scheduler"] {
            #expect(may(policy, identity(user), "create", "tokenreviews", group: "authentication.k8s.io"))
            #expect(may(policy, identity(user), "create", "subjectaccessreviews", group: "authorization.k8s.io"))
        }
    }

    @Test("Who may not do a thing cannot give it to others, unless allowed to escalate")
    func escalation() {
        var policy = RBACPolicy()
        let rule: JSONValue = ["verbs": ["get"], "apiGroups": [""], "resources": ["pods"]]
        let make: JSONValue = ["verbs": ["create"], "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"]]
        policy.put(.role, role("r", namespace: "a", rule, make))
        policy.put(.roleBinding, binding("b", namespace: "a", role: "r", ["kind": "User", "name": "jane"]))
        let check = EscalationCheck(policy: policy)
        let all: JSONValue = ["verbs": ["*"], "apiGroups": [""], "resources": ["pods"]]
        let secrets: JSONValue = ["verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]]
        let narrower: JSONValue = [
            "verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["one"],
        ]
        let jane = identity("jane")
        #expect(check.objection(to: jane, kind: .role, object: role("x", namespace: "a", rule)) == nil)
        #expect(check.objection(to: jane, kind: .role, object: role("x", namespace: "a", narrower)) == nil)
        #expect(check.objection(to: jane, kind: .role, object: role("x", namespace: "a", all)) != nil)
        #expect(check.objection(to: jane, kind: .role, object: role("x", namespace: "a", secrets)) != nil)
        #expect(check.objection(to: jane, kind: .role, object: role("x", namespace: "b", rule)) != nil)
        let root = identity("root", RBACAuthorizer.superusers)
        #expect(check.objection(to: root, kind: .role, object: role("x", namespace: "a", secrets)) == nil)
        let given = binding("y", namespace: "a", role: "r", ["kind": "User", "name": "joe"])
        #expect(check.objection(to: jane, kind: .roleBinding, object: given) == nil)
        let unknown = binding("y", namespace: "a", role: "none", ["kind": "User", "name": "joe"])
        #expect(check.objection(to: jane, kind: .roleBinding, object: unknown)?.contains("\"none\" not found") == true)
    }

    @Test("Who lets a role gather the rules of others has all there is, or may escalate")
    func aggregation() {
        var policy = RBACPolicy()
        let roles: JSONValue = [
            "verbs": ["create", "update"], "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"],
        ]
        let escalate: JSONValue = [
            "verbs": ["escalate"], "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"],
        ]
        let all: JSONValue = ["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]
        let paths: JSONValue = ["verbs": ["*"], "nonResourceURLs": ["*"]]
        for (user, rules) in [("jane", [roles]), ("jim", [all, paths]), ("eve", [roles, escalate])] {
            let name: JSONValue = ["name": .string(user)]
            policy.put(.clusterRole, ["metadata": name, "rules": .array(rules)])
            policy.put(
                .clusterRoleBinding,
                [
                    "metadata": name, "roleRef": ["kind": "ClusterRole", "name": .string(user)],
                    "subjects": [["kind": "User", "name": .string(user)]],
                ]
            )
        }
        let check = EscalationCheck(policy: policy)
        let plain: JSONValue = ["metadata": ["name": "x"], "rules": []]
        var gathering = plain
        gathering["aggregationRule"] = ["clusterRoleSelectors": [["matchLabels": ["a": "b"]]]]
        let words = "must have cluster-admin privileges to use the aggregationRule"
        let jane = identity("jane")
        #expect(check.objection(to: jane, kind: .clusterRole, object: plain) == nil)
        #expect(check.objection(to: jane, kind: .clusterRole, object: gathering) == words)
        #expect(check.objection(to: jane, kind: .clusterRole, object: plain, old: gathering) == words)
        for user in ["jim", "eve"] {
            #expect(check.objection(to: identity(user), kind: .clusterRole, object: gathering) == nil)
        }
    }

    @Test("What is not in a new list of bindings gives nothing any more, and other kinds stay")
    func relist() {
        var policy = RBACPolicy()
        let read: JSONValue = ["verbs": ["get"], "apiGroups": [""], "resources": ["pods"]]
        policy.put(.role, role("r", namespace: "a", read))
        for name in ["jane", "joe"] {
            let subject: JSONValue = ["kind": "User", "name": .string(name)]
            policy.put(.roleBinding, binding(name, namespace: "a", role: "r", subject))
        }
        policy.replaceAll(
            .roleBinding,
            [binding("joe", namespace: "a", role: "r", ["kind": "User", "name": "joe"])]
        )
        #expect(!may(policy, identity("jane"), "get", "pods", namespace: "a"))
        #expect(may(policy, identity("joe"), "get", "pods", namespace: "a"))
        policy.replaceAll(.role, [])
        #expect(!may(policy, identity("joe"), "get", "pods", namespace: "a"))
    }

    @Test("A rule that amounts to billions of permissions is refused at once, or covered as a whole")
    func explosion() {
        var policy = RBACPolicy()
        policy.put(.role, role("r", namespace: "a", ["verbs": ["get"], "apiGroups": ["*"], "resources": ["*"]]))
        policy.put(.roleBinding, binding("b", namespace: "a", role: "r", ["kind": "User", "name": "jane"]))
        let many = (0..<2000).map { "x\($0)" }
        let rule = PolicyRule(verbs: many, apiGroups: many, resources: many, resourceNames: many)
        #expect(policy.missing(from: [rule], identity: identity("jane"), namespace: "a") == [rule])
        let covered = PolicyRule(verbs: ["get"], apiGroups: many, resources: many, resourceNames: many)
        #expect(policy.missing(from: [covered], identity: identity("jane"), namespace: "a") == [])
    }
}
