import APIAccess
import JSON
import Testing

@Suite("What nodes may")
struct NodeAccessTests {
    private let authorizer = NodeAuthorizer()
    private let node = RequestIdentity(user: "system:node:n0", groups: ["system:nodes", "system:authenticated"])

    init() {
        authorizer.put(pod: [
            "metadata": ["name": "p", "namespace": "a"],
            "spec": [
                "nodeName": "n0", "serviceAccountName": "bot",
                "volumes": [
                    ["secret": ["secretName": "key"]], ["projected": ["sources": [["configMap": ["name": "cm"]]]]],
                ],
                "containers": [["env": [["valueFrom": ["secretKeyRef": ["name": "env", "key": "k"]]]]]],
            ],
        ])
        authorizer.put(pod: [
            "metadata": ["name": "q", "namespace": "a"],
            "spec": ["nodeName": "n1", "volumes": [["secret": ["secretName": "other"]]]],
        ])
    }

    private func may(
        _ verb: String,
        _ resource: String,
        group: String = "",
        namespace: String = "",
        name: String = "",
        fields: [String: String] = [:]
    ) -> Bool {
        let parts = resource.split(separator: "/")
        let attributes = RequestAttributes(
            identity: node,
            verb: verb,
            target: .resource(
                group: group,
                plural: String(parts[0]),
                subresource: parts.count > 1 ? String(parts[1]) : "",
                namespace: namespace,
                name: name
            ),
            fieldsEqual: fields
        )
        if case .allowed = authorizer.decide(attributes) { return true }
        return false
    }

    @Test("A node reads what its pods need, and nothing that only others' do")
    func needs() {
        for name in ["key", "env"] { #expect(may("get", "secrets", namespace: "a", name: name)) }
        #expect(may("get", "configmaps", namespace: "a", name: "cm"))
        #expect(!may("get", "secrets", namespace: "a", name: "other"))
        #expect(!may("get", "secrets", namespace: "b", name: "key"))
        #expect(!may("list", "secrets", namespace: "a"))
        #expect(may("watch", "secrets", namespace: "a", fields: ["metadata.name": "key"]))
        #expect(may("create", "serviceaccounts/token", namespace: "a", name: "bot"))
        #expect(!may("create", "serviceaccounts/token", namespace: "a", name: "default"))
    }

    @Test("What a pod needed is lost with the pod")
    func podGone() {
        authorizer.removePod(namespace: "a", name: "p")
        #expect(!may("get", "secrets", namespace: "a", name: "key"))
        #expect(!may("update", "pods/status", namespace: "a", name: "p"))
    }

    @Test("A node changes its own Node, Lease and pods only")
    func own() {
        #expect(may("patch", "nodes/status", name: "n0"))
        #expect(!may("patch", "nodes/status", name: "n1"))
        #expect(!may("delete", "nodes", name: "n0"))
        let leases = "coordination.k8s.io"
        #expect(may("update", "leases", group: leases, namespace: "kube-node-lease", name: "n0"))
        #expect(!may("update", "leases", group: leases, namespace: "kube-node-lease", name: "n1"))
        #expect(!may("update", "leases", group: leases, namespace: "default", name: "n0"))
        #expect(may("update", "pods/status", namespace: "a", name: "p"))
        #expect(!may("update", "pods/status", namespace: "a", name: "q"))
        #expect(may("list", "pods", fields: ["spec.nodeName": "n0"]))
        #expect(!may("list", "pods"))
        #expect(!may("list", "pods", fields: ["spec.nodeName": "n1"]))
        #expect(!may("create", "pods", namespace: "a"))
        #expect(may("delete", "pods", namespace: "a", name: "p"))
        for verb in ["update", "patch"] { #expect(!may(verb, "pods", namespace: "a", name: "p")) }
    }

    @Test("A node that is admitted cannot give itself labels, taints or another's name")
    func restriction() {
        let rules = NodeRestriction { _, _ in nil }
        func objection(_ object: JSONValue, old: JSONValue?, by identity: RequestIdentity? = nil) -> String? {
            rules.objection(
                to: identity ?? node,
                group: "",
                plural: "nodes",
                subresource: "",
                namespace: nil,
                object: object,
                old: old
            )
        }
        let old: JSONValue = ["metadata": ["name": "n0", "labels": ["a": "b"]], "spec": ["podCIDR": "10.0.0.0/24"]]
        var new = old
        new[path: "metadata", "labels", "kubernetes.io/hostname"] = "n0"
        #expect(objection(new, old: old) == nil)
        new[path: "metadata", "labels", "node-restriction.kubernetes.io/x"] = "y"
        #expect(objection(new, old: old)?.contains("node-restriction.kubernetes.io/x") == true)
        new = old
        new[path: "spec", "taints"] = []
        #expect(objection(new, old: old)?.contains("taints") == true)
        new = old
        new[path: "metadata", "name"] = "n1"
        #expect(objection(new, old: nil) != nil)
        let admin = RequestIdentity(user: "admin", groups: ["system:masters"])
        #expect(objection(new, old: old, by: admin) == nil)
        new = old
        new[path: "metadata", "ownerReferences"] = []
        #expect(objection(new, old: old) == nil)
        new[path: "metadata", "ownerReferences"] = [["apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "u"]]
        #expect(objection(new, old: old)?.contains("ownerReferences") == true)
        #expect(objection(old, old: new)?.contains("ownerReferences") == true)
    }

    @Test("A node gets tokens for pods that it runs")
    func tokens() {
        let authorizer = authorizer
        let rules = NodeRestriction { authorizer.node(ofPod: $1, namespace: $0) }
        func objection(_ bound: JSONValue, namespace: String = "a") -> String? {
            rules.objection(
                to: node,
                group: "",
                plural: "serviceaccounts",
                subresource: "token",
                namespace: namespace,
                object: ["spec": ["boundObjectRef": bound]],
                old: nil
            )
        }
        func bound(_ pod: String) -> JSONValue {
            ["apiVersion": "v1", "kind": "Pod", "name": .string(pod), "uid": "u"]
        }
        #expect(objection(bound("p")) == nil)
        #expect(objection(bound("q"))?.contains("scheduled on a different node") == true)
        #expect(objection(bound("p"), namespace: "b")?.contains("scheduled on a different node") == true)
        #expect(objection([:]) == "node requested token not bound to a pod")
        #expect(objection(["apiVersion": "v1", "kind": "Pod", "name": "p"])?.contains("without a uid") == true)
    }
}
