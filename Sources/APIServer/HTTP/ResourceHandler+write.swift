import APIRegistry
import JSON
import KubernetesAPI

extension ResourceHandler {
    /// Creates, changes or deletes.
    func write(_ request: APIRequest, _ target: Target, _ form: ResponseForm) async throws(Refusal) -> Reply {
        if let part = target.subresource {
            return try await writePart(request, target, part, form)
        }
        switch (request.method, target.name) {
        case ("POST", nil): return try await create(request, target, form)
        case ("PUT", let name?):
            return try written(try await update(request, target, name, part: nil), target, form, request)
        case ("PATCH", let name?):
            return try written(try await patch(request, target, name, part: nil), target, form, request)
        case ("DELETE", let name?): return try await delete(request, target, name, form)
        case ("DELETE", nil): return try await deleteCollection(request, target, form)
        default: throw .methodNotAllowed
        }
    }

    private func create(_ request: APIRequest, _ target: Target, _ form: ResponseForm) async throws(Refusal) -> Reply {
        let kind = target.kind
        guard !kind.resource.namespaced || target.namespace != nil else { throw .methodNotAllowed }
        let options = try WriteOptions(request, kind: "CreateOptions")
        let proposal = try bodies.object(request, schema: kind.schema, options.validation)
        var result = try await objects.create(kind, namespace: target.namespace, proposal.value, options)
        result.warnings = proposal.warnings + result.warnings
        return try written(result, target, form, request)
    }

    /// Replaces an object, or a part of it.
    func update(
        _ request: APIRequest,
        _ target: Target,
        _ name: String,
        part: Subresource?
    ) async throws(Refusal) -> Written {
        let kind = target.kind
        let options = try WriteOptions(request, kind: "UpdateOptions")
        let proposal = try bodies.object(request, schema: kind.schema, options.validation)
        return try await objects.change(
            kind,
            namespace: target.namespace,
            name: name,
            part: part,
            options
        ) { _ throws(Refusal) in proposal }
    }

    /// Changes an object, or a part of it, as a patch says.
    func patch(
        _ request: APIRequest,
        _ target: Target,
        _ name: String,
        part: Subresource?
    ) async throws(Refusal) -> Written {
        let kind = target.kind
        let options = try WriteOptions(request, kind: "PatchOptions")
        let patch = try bodies.patch(request)
        return try await objects.change(
            kind,
            namespace: target.namespace,
            name: name,
            part: part,
            options
        ) { present throws(Refusal) in
            let value = try applied(patch, to: present, schema: kind.schema)
            return try bodies.object(patched: value, schema: kind.schema, options.validation)
        }
    }

    /// What a patch makes of an object.
    func applied(_ patch: ObjectPatch, to present: JSONValue, schema: String) throws(Refusal) -> JSONValue {
        do throws(PatchError) {
            return try patch.applied(to: present, message: schema, table: objects.schema)
        } catch {
            throw error.refusal
        }
    }

    private func delete(
        _ request: APIRequest,
        _ target: Target,
        _ name: String,
        _ form: ResponseForm
    ) async throws(Refusal) -> Reply {
        let options = try bodies.deleteOptions(request)
        let result = try await objects.delete(
            target.kind,
            namespace: target.namespace,
            name: name,
            options,
            by: request.identity
        )
        let resource = target.kind.resource
        guard result.isGone, target.kind.deletionStyle == .immediate else {
            return try reply(result.object, target.kind, form, request)
        }
        let details = Status.Details(
            name: name,
            group: resource.group,
            kind: resource.plural,
            uid: result.object.value?["metadata"]?["uid"]?.string ?? ""
        )
        return status(Status(status: "Success", details: details), form)
    }

    private func deleteCollection(
        _ request: APIRequest,
        _ target: Target,
        _ form: ResponseForm
    ) async throws(Refusal) -> Reply {
        let kind = target.kind
        guard kind.isDeletableAsCollection, !kind.resource.namespaced || target.namespace != nil else {
            throw .methodNotAllowed
        }
        let options = try bodies.deleteOptions(request)
        let list = try ListOptions(request.query, kind: kind)
        let deleted = try await objects.deleteCollection(
            kind,
            namespace: target.namespace,
            list,
            options,
            by: request.identity
        )
        guard let body = ListWriter(encoder: objects.encoder(of: kind)).body(deleted, form) else {
            throw .notAcceptable()
        }
        return Reply(contentType: form.contentType, body: body)
    }

    /// The answer to a write.
    func written(
        _ result: Written,
        _ target: Target,
        _ form: ResponseForm,
        _ request: APIRequest
    ) throws(Refusal) -> Reply {
        var reply = try reply(result.object, target.kind, form, request, status: result.isNew ? 201 : 200)
        reply.warnings += result.warnings
        return reply
    }

    /// A status as an answer.
    func status(_ status: Status, _ form: ResponseForm, code: Int = 200) -> Reply {
        let encoded = objects.protobuf.status(status)
        guard form.format == .protobuf, let encoded else {
            return Reply(status: code, contentType: "application/json", status.json)
        }
        return Reply(status: code, contentType: form.contentType, encoded)
    }
}
