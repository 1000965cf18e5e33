import APIRegistry
import JSON
import KubernetesAPI

// What is done with pods beside writing them.

extension ResourceHandler {
    /// Puts a pod on a node.
    ///
    /// - Parameter pathName: The pod that the path names; nil where only the body does.
    ///
    /// Source: `BindingREST` of `k8s.io/kubernetes/pkg/registry/core/pod/storage/storage.go`.
    func bind(
        _ request: APIRequest,
        _ target: Target,
        _ pathName: String?,
        _ form: ResponseForm
    ) async throws(Refusal) -> Reply {
        let options = try WriteOptions(request, kind: "CreateOptions")
        let body = try bodies.object(request, schema: "io.k8s.api.core.v1.Binding", options.validation).value
        let ownName = body["metadata"]?["name"]?.string ?? ""
        let name = pathName ?? ownName
        guard !name.isEmpty else { throw .badRequest("name is required") }
        guard ownName.isEmpty || ownName == name else { throw .nameMismatch(body: ownName, path: name) }
        let node = try Self.node(of: body, name: name)
        let resource = target.kind.resource
        func refuse(_ words: String) -> Refusal {
            .conflict(QualifiedName(group: "", name: "pods/binding"), name: name, words)
        }
        _ = try await objects.change(
            target.kind,
            namespace: target.namespace,
            name: name,
            part: .binding,
            options
        ) { present throws(Refusal) in
            if let words = Self.mismatch(of: body, with: present) {
                throw .conflict(resource.qualifiedPlural, name: name, words)
            }
            guard present["metadata"]?["deletionTimestamp"] == nil else {
                throw refuse("pod \(name) is being deleted, cannot be assigned to a host")
            }
            if let present = present["spec"]?["nodeName"]?.string, !present.isEmpty {
                throw refuse("pod \(name) is already assigned to node \"\(present)\"")
            }
            guard present["spec"]?["schedulingGates"]?.array?.isEmpty ?? true else {
                throw refuse("pod \(name) has non-empty .spec.schedulingGates")
            }
            var pod = present
            pod[path: "spec", "nodeName"] = .string(node)
            for field in ["annotations", "labels"] {
                for member in body["metadata"]?[field]?.object ?? JSONObject() {
                    pod[path: "metadata", field, member.name] = member.value
                }
            }
            objects.giveTopology(ofNode: node, to: &pod)
            var conditions = (pod["status"]?["conditions"]?.array ?? []).filter { $0["type"] != "PodScheduled" }
            let now = Timestamp(seconds: Timestamp.now.seconds)
            conditions.append([
                "type": "PodScheduled", "status": "True", "lastProbeTime": nil, "lastTransitionTime": .string("\(now)"),
            ])
            pod[path: "status", "conditions"] = .array(conditions)
            return Proposal(value: pod)
        }
        return status(Status(status: "Success", code: 201), form, code: 201)
    }

    /// The node that a Binding names.
    private static func node(of binding: JSONValue, name: String) throws(Refusal) -> String {
        var errors: [FieldError] = []
        let kind = binding["target"]?["kind"]?.string ?? ""
        if !kind.isEmpty, kind != "Node" {
            let words = #"supported values: "Node", "<empty>""#
            errors.append(FieldError("target.kind", .notSupported, value: .string(kind), words))
        }
        let node = binding["target"]?["name"]?.string ?? ""
        if node.isEmpty { errors.append(FieldError("target.name", .required)) }
        guard errors.isEmpty else {
            throw .invalid(QualifiedName(group: "", name: "Binding"), name: name, errors)
        }
        return node
    }

    /// In what a pod is not the one that a Binding is for; nil where it is.
    private static func mismatch(of binding: JSONValue, with pod: JSONValue) -> String? {
        for (field, words) in [("uid", "UID"), ("resourceVersion", "ResourceVersion")] {
            let wanted = binding["metadata"]?[field]?.string ?? ""
            let present = pod["metadata"]?[field]?.string ?? ""
            if wanted.isEmpty || wanted == present { continue }
            return "Precondition failed: \(words) in precondition: \(wanted), \(words) in object meta: \(present)"
        }
        return nil
    }

    /// Deletes a pod in the name of whoever empties its node.
    func evict(
        _ request: APIRequest,
        _ target: Target,
        _ name: String,
        _ form: ResponseForm
    ) async throws(Refusal) -> Reply {
        let options = try WriteOptions(request, kind: "CreateOptions")
        let body = try bodies.object(request, schema: "io.k8s.api.policy.v1.Eviction", options.validation).value
        if let own = body["metadata"]?["name"]?.string, !own.isEmpty, own != name {
            throw .nameMismatch(body: own, path: name)
        }
        var deletion = try DeleteOptions(body["deleteOptions"] ?? [:])
        deletion.isDryRun = deletion.isDryRun || options.isDryRun
        _ = try await objects.delete(
            target.kind,
            namespace: target.namespace,
            name: name,
            deletion,
            by: request.identity
        )
        return status(Status(status: "Success", code: 201), form, code: 201)
    }
}
