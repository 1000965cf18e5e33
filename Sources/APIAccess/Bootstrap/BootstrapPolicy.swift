public import JSON

/// The roles and bindings that a cluster begins with, in upstream's names and with what applies to the kinds that
/// there are.
///
/// Source: `k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy`. They carry
/// `rbac.authorization.kubernetes.io/autoupdate`, as upstream's do; the server makes those that are missing at its start,
/// and mends those that are there (``BootstrapMending``).
public enum BootstrapPolicy {
    /// The annotation by which upstream's servers know what they may mend.
    public static let autoupdate = "rbac.authorization.kubernetes.io/autoupdate"

    private static let read = ["get", "list", "watch"]
    private static let write = ["create", "delete", "deletecollection", "patch", "update"]

    /// All objects, roles before bindings.
    public static var objects: [(kind: RoleKind, object: JSONValue)] {
        var objects: [(kind: RoleKind, object: JSONValue)] = []
        for role in clusterRoles { objects.append((.clusterRole, role.object)) }
        for binding in clusterBindings { objects.append((.clusterRoleBinding, binding.object)) }
        return objects
    }

    /// The policy that these objects make.
    public static var policy: RBACPolicy {
        var policy = RBACPolicy()
        for (kind, object) in objects { policy.put(kind, object) }
        return policy
    }

    // MARK: Roles

    private struct Role {
        var name: String
        var rules: [PolicyRule]

        init(_ name: String, _ rules: [PolicyRule]) {
            self.name = name
            self.rules = rules
        }

        var object: JSONValue {
            [
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRole",
                "metadata": BootstrapPolicy.metadata(name),
                "rules": .array(rules.map(\.json)),
            ]
        }
    }

    private struct Binding {
        var name: String
        var role: String
        var groups: [String] = []
        var users: [String] = []

        var object: JSONValue {
            let subjects: [(String, String)] = groups.map { ("Group", $0) } + users.map { ("User", $0) }
            return [
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRoleBinding",
                "metadata": BootstrapPolicy.metadata(name),
                "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": .string(role)],
                "subjects": .array(
                    subjects.map { (kind, name) in
                        ["apiGroup": "rbac.authorization.k8s.io", "kind": .string(kind), "name": .string(name)]
                    }
                ),
            ]
        }
    }

    private static func metadata(_ name: String) -> JSONValue {
        [
            "name": .string(name),
            "annotations": [BootstrapPolicy.autoupdate: "true"],
            "labels": ["kubernetes.io/bootstrapping": "rbac-defaults"],
        ]
    }

    private static func rule(_ verbs: [String], _ group: String, _ resources: String...) -> PolicyRule {
        PolicyRule(verbs: verbs, apiGroups: [group], resources: resources)
    }

    private static var clusterRoles: [Role] {
        users + namespaceRoles + components + controllers
    }

    private static var users: [Role] {
        [
            Role(
                "cluster-admin",
                [
                    PolicyRule(verbs: ["*"], apiGroups: ["*"], resources: ["*"]),
                    PolicyRule(verbs: ["*"], nonResourceURLs: ["*"]),
                ]
            ),
            Role(
                "system:discovery",
                [
                    PolicyRule(
                        verbs: ["get"],
                        nonResourceURLs: [
                            "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*",
                            "/readyz", "/version", "/version/",
                        ]
                    )
                ]
            ),
            Role(
                "system:public-info-viewer",
                [
                    PolicyRule(
                        verbs: ["get"],
                        nonResourceURLs: ["/healthz", "/livez", "/readyz", "/version", "/version/"]
                    )
                ]
            ),
            Role(
                "system:monitoring",
                [
                    PolicyRule(
                        verbs: ["get"],
                        nonResourceURLs: [
                            "/healthz", "/healthz/*", "/livez", "/livez/*", "/metrics", "/metrics/*", "/readyz",
                            "/readyz/*",
                        ]
                    )
                ]
            ),
            Role(
                "system:basic-user",
                [
                    rule(
                        ["create"],
                        "authorization.k8s.io",
                        "selfsubjectaccessreviews",
                        "selfsubjectrulesreviews"
                    ),
                    rule(["create"], "authentication.k8s.io", "selfsubjectreviews"),
                ]
            ),
            Role(
                "system:auth-delegator",
                [
                    rule(["create"], "authentication.k8s.io", "tokenreviews"),
                    rule(["create"], "authorization.k8s.io", "subjectaccessreviews"),
                ]
            ),
            Role(
                "system:service-account-issuer-discovery",
                [
                    PolicyRule(
                        verbs: ["get"],
                        nonResourceURLs: ["/.well-known/openid-configuration", "/openid/v1/jwks"]
                    )
                ]
            ),
        ]
    }

    private static var namespaceRoles: [Role] {
        let viewed = [
            rule(
                read,
                "",
                "configmaps",
                "endpoints",
                "events",
                "namespaces",
                "namespaces/status",
                "pods",
                "pods/log",
                "pods/status",
                "serviceaccounts",
                "services",
                "services/status"
            ),
            rule(
                read,
                "apps",
                "controllerrevisions",
                "daemonsets",
                "daemonsets/status",
                "deployments",
                "deployments/scale",
                "deployments/status",
                "replicasets",
                "replicasets/scale",
                "replicasets/status"
            ),
            rule(read, "discovery.k8s.io", "endpointslices"),
            rule(read, "events.k8s.io", "events"),
            rule(read, "networking.k8s.io", "networkpolicies"),
        ]
        let edited = [
            rule(read, "", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"),
            rule(["impersonate"], "", "serviceaccounts"),
            rule(write, "", "pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"),
            rule(["create"], "", "pods/eviction", "serviceaccounts/token"),
            rule(write, "", "configmaps", "events", "secrets", "serviceaccounts", "services", "services/proxy"),
            rule(
                write,
                "apps",
                "daemonsets",
                "deployments",
                "deployments/scale",
                "replicasets",
                "replicasets/scale"
            ),
            rule(write, "networking.k8s.io", "networkpolicies"),
            rule(read + ["create", "delete", "deletecollection", "patch", "update"], "coordination.k8s.io", "leases"),
        ]
        let administered = [
            rule(["create"], "authorization.k8s.io", "localsubjectaccessreviews"),
            rule(read + write, "rbac.authorization.k8s.io", "rolebindings", "roles"),
        ]
        return [
            Role("view", viewed),
            Role("edit", viewed + edited),
            Role("admin", viewed + edited + administered),
        ]
    }

    private static var components: [Role] {
        let events = [
            rule(["create", "patch", "update"], "", "events"),
            rule(["create", "patch", "update"], "events.k8s.io", "events"),
        ]
        return [
            Role(
                "system:node-proxier",
                events + [
                    rule(["list", "watch"], "", "endpoints", "services"),
                    rule(read, "", "nodes"),
                    rule(["list", "watch"], "discovery.k8s.io", "endpointslices"),
                    rule(["list", "watch"], "networking.k8s.io", "servicecidrs"),
                ]
            ),
            // Bound to nobody: the node authorizer gives each node its own part of it.
            Role(
                "system:node",
                events + [
                    rule(
                        read,
                        "",
                        "configmaps",
                        "endpoints",
                        "nodes",
                        "pods",
                        "secrets",
                        "serviceaccounts",
                        "services"
                    ),
                    rule(["create", "patch", "update"], "", "nodes", "nodes/status"),
                    rule(["delete"], "", "pods"),
                    rule(["patch", "update"], "", "pods/status"),
                    rule(["create"], "", "pods/eviction", "serviceaccounts/token"),
                    rule(["create", "delete", "get", "patch", "update"], "coordination.k8s.io", "leases"),
                    rule(read, "discovery.k8s.io", "endpointslices"),
                    rule(["create"], "authentication.k8s.io", "tokenreviews"),
                    rule(["create"], "authorization.k8s.io", "subjectaccessreviews"),
                ]
            ),
            Role(
                "system:trama-overlay",
                [
                    rule(read, "", "nodes"),
                    rule(["patch"], "", "nodes"),
                ]
            ),
            Role(
                "system:kube-scheduler",
                events + [
                    rule(read, "", "namespaces", "nodes", "pods", "services"),
                    rule(["delete"], "", "pods"),
                    rule(["create"], "", "bindings", "pods/binding"),
                    rule(["patch", "update"], "", "pods/status"),
                    rule(read, "apps", "replicasets"),
                    rule(["create", "get", "list", "update", "watch"], "coordination.k8s.io", "leases"),
                    rule(["create"], "authentication.k8s.io", "tokenreviews"),
                    rule(["create"], "authorization.k8s.io", "subjectaccessreviews"),
                ]
            ),
            Role("system:kube-dns", [rule(["list", "watch"], "", "endpoints", "services")]),
        ]
    }

    /// One role for all controllers of this program: they are one process with one identity.
    private static var controllers: [Role] {
        [
            Role(
                "system:kube-controller-manager",
                [
                    rule(read, "*", "*"),
                    rule(write, "", "configmaps", "endpoints", "events", "pods", "serviceaccounts"),
                    rule(["create"], "", "pods/eviction", "serviceaccounts/token"),
                    rule(["delete", "patch", "update"], "", "nodes", "nodes/status", "pods/status"),
                    rule(["delete", "patch", "update"], "", "namespaces", "namespaces/finalize", "namespaces/status"),
                    rule(write, "discovery.k8s.io", "endpointslices"),
                    rule(write, "events.k8s.io", "events"),
                    rule(write, "coordination.k8s.io", "leases"),
                    rule(
                        write,
                        "apps",
                        "controllerrevisions",
                        "daemonsets",
                        "daemonsets/finalizers",
                        "daemonsets/status",
                        "deployments",
                        "deployments/finalizers",
                        "deployments/scale",
                        "deployments/status",
                        "replicasets",
                        "replicasets/finalizers",
                        "replicasets/scale",
                        "replicasets/status"
                    ),
                    // An upstream one asks who asks for its metrics, and whether he may.
                    rule(["create"], "authentication.k8s.io", "tokenreviews"),
                    rule(["create"], "authorization.k8s.io", "subjectaccessreviews"),
                    // The garbage collector and the namespace controller delete, and take finalizers off, anything.
                    rule(["delete", "deletecollection", "patch", "update"], "*", "*"),
                ]
            )
        ]
    }

    // MARK: Bindings

    private static var clusterBindings: [Binding] {
        let (authenticated, everybody) = ("system:authenticated", "system:unauthenticated")
        return [
            Binding(name: "cluster-admin", role: "cluster-admin", groups: ["system:masters"]),
            Binding(name: "system:discovery", role: "system:discovery", groups: [authenticated]),
            Binding(name: "system:basic-user", role: "system:basic-user", groups: [authenticated]),
            Binding(
                name: "system:public-info-viewer",
                role: "system:public-info-viewer",
                groups: [authenticated, everybody]
            ),
            Binding(name: "system:monitoring", role: "system:monitoring", groups: ["system:monitoring"]),
            Binding(
                name: "system:service-account-issuer-discovery",
                role: "system:service-account-issuer-discovery",
                groups: ["system:serviceaccounts"]
            ),
            Binding(name: "system:node-proxier", role: "system:node-proxier", users: ["system:kube-proxy"]),
            Binding(name: "system:kube-scheduler", role: "system:kube-scheduler", users: ["system:kube-scheduler"]),
            Binding(
                name: "system:kube-controller-manager",
                role: "system:kube-controller-manager",
                users: ["system:kube-controller-manager"]
            ),
        ]
    }
}
