import APIRegistry
import JSON
import KubernetesAPI

// Parts of objects that have paths of their own.

extension ResourceHandler {
    /// Reads a part.
    func readPart(
        _ request: APIRequest,
        _ target: Target,
        _ part: Subresource,
        _ form: ResponseForm
    ) async throws(Refusal) -> Reply {
        let name = target.name ?? ""
        let object = try await objects.get(target.kind, namespace: target.namespace, name: name)
        switch part {
        case .status: return try reply(object, target.kind, form, request)
        case .scale: return try scale(object, target, form)
        case .binding, .token, .eviction, .finalize, .log, .exec, .attach, .portforward, .proxy: throw .methodNotAllowed
        }
    }

    /// Changes a part.
    func writePart(
        _ request: APIRequest,
        _ target: Target,
        _ part: Subresource,
        _ form: ResponseForm
    ) async throws(Refusal) -> Reply {
        if target.use == .bindings { return try await bind(request, target, nil, form) }
        guard let name = target.name else { throw .methodNotAllowed }
        switch (part, request.method) {
        case (.status, "PUT"), (.finalize, "PUT"):
            return try written(try await update(request, target, name, part: part), target, form, request)
        case (.status, "PATCH"):
            return try written(try await patch(request, target, name, part: part), target, form, request)
        case (.scale, "PUT"), (.scale, "PATCH"):
            return try await changeScale(request, target, name, form)
        case (.binding, "POST"): return try await bind(request, target, name, form)
        case (.token, "POST"): return try await issue(request, target, name, form)
        case (.eviction, "POST"): return try await evict(request, target, name, form)
        default: throw .methodNotAllowed
        }
    }

    // MARK: Scale

    private static let scaleSchema = "io.k8s.api.autoscaling.v1.Scale"

    private func scale(_ object: CachedObject, _ target: Target, _ form: ResponseForm) throws(Refusal) -> Reply {
        let value = Self.scale(of: objects.encoder(of: target.kind).value(object))
        guard form.format == .protobuf else { return Reply(contentType: "application/json", value.json) }
        guard let message = objects.protobuf.message(value, schema: Self.scaleSchema) else { throw .notAcceptable() }
        let bytes = objects.protobuf.envelope(apiVersion: "autoscaling/v1", kind: "Scale", message)
        return Reply(contentType: form.contentType, bytes)
    }

    /// The replicas of an object as `autoscaling/v1` `Scale`.
    private static func scale(of object: JSONValue) -> JSONValue {
        var metadata: JSONValue = [:]
        for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            metadata[field] = object["metadata"]?[field]
        }
        var status: JSONValue = ["replicas": object["status"]?["replicas"] ?? 0]
        if let labels = object["spec"]?["selector"], let selector = try? LabelSelector(object: labels) {
            status["selector"] = .string(selector.description)
        }
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
            "spec": ["replicas": object["spec"]?["replicas"] ?? 0], "status": status,
        ]
    }

    private func changeScale(
        _ request: APIRequest,
        _ target: Target,
        _ name: String,
        _ form: ResponseForm
    ) async throws(Refusal) -> Reply {
        let isPatch = request.method == "PATCH"
        let options = try WriteOptions(request, kind: isPatch ? "PatchOptions" : "UpdateOptions")
        let patch = isPatch ? try bodies.patch(request) : nil
        let body = isPatch ? nil : try bodies.object(request, schema: Self.scaleSchema, options.validation)
        let result = try await objects.change(
            target.kind,
            namespace: target.namespace,
            name: name,
            part: nil,
            options
        ) { present throws(Refusal) in
            var proposal = Proposal(value: Self.scale(of: present))
            if let patch {
                let value = try applied(patch, to: proposal.value, schema: Self.scaleSchema)
                proposal = try bodies.object(patched: value, schema: Self.scaleSchema, options.validation)
            } else if let body {
                proposal = body
            }
            let replicas = proposal.value["spec"]?["replicas"] ?? 0
            guard let count = replicas.integer, count >= 0 else {
                let error = FieldError(
                    "spec.replicas",
                    .invalid,
                    value: replicas,
                    "must be greater than or equal to 0"
                )
                throw .invalid(QualifiedName(group: "autoscaling", name: "Scale"), name: name, [error])
            }
            var changed = present
            changed[path: "spec", "replicas"] = replicas
            changed[path: "metadata", "resourceVersion"] = proposal.value["metadata"]?["resourceVersion"]
            return Proposal(value: changed, warnings: proposal.warnings)
        }
        return try scale(result.object, target, form)
    }

    // MARK: Service accounts

    private static let tokenSchema = "io.k8s.api.authentication.v1.TokenRequest"

    private func issue(
        _ request: APIRequest,
        _ target: Target,
        _ name: String,
        _ form: ResponseForm
    ) async throws(Refusal) -> Reply {
        guard let tokens else { throw .unknownPath }
        let options = try WriteOptions(request, kind: "CreateOptions")
        let body = try bodies.object(request, schema: Self.tokenSchema, options.validation).value
        let account = try await objects.get(target.kind, namespace: target.namespace, name: name).value ?? .null
        try objects.admit(
            AdmissionRequest(
                identity: request.identity,
                verb: "create",
                resource: target.kind.resource,
                part: .token,
                namespace: target.namespace,
                name: name,
                object: body
            )
        )
        var answer = try await tokens.token(for: body, account: account)
        answer["metadata"] = ["name": .string(name), "namespace": .string(target.namespace ?? "")]
        guard form.format == .protobuf, let message = objects.protobuf.message(answer, schema: Self.tokenSchema) else {
            return Reply(status: 201, contentType: "application/json", answer.json)
        }
        let bytes = objects.protobuf.envelope(apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", message)
        return Reply(status: 201, contentType: form.contentType, bytes)
    }
}
