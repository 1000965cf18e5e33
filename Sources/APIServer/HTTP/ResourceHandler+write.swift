import APIAccess
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

    /// How often a PUT is tried of an object that comes and goes.
    private static let updateAttempts = 8

    /// Replaces an object, or a part of it; creates it where the kind is one of those for which that is possible.
    func update(
        _ request: APIRequest,
        _ target: Target,
        _ name: String,
        part: Subresource?
    ) async throws(Refusal) -> Written {
        let kind = target.kind
        let options = try WriteOptions(request, kind: "UpdateOptions")
        let proposal = try bodies.object(request, schema: kind.schema, options.validation)
        for _ in 0..<Self.updateAttempts {
            do throws(Refusal) {
                return try await objects.change(
                    kind,
                    namespace: target.namespace,
                    name: name,
                    part: part,
                    options
                ) { _ throws(Refusal) in
                    let version = proposal.value["metadata"]?["resourceVersion"]?.string ?? ""
                    guard !version.isEmpty || !kind.strategy.isUpdatedByVersionOnly else {
                        throw .needsResourceVersion(kind.resource, name: name)
                    }
                    return proposal
                }
            } catch  where error.reason == .notFound && part == nil && kind.strategy.isCreatedByUpdate {
                // Somebody else may create it at the same moment.
                if let created = try await createByUpdate(request, target, name, proposal, options) { return created }
            }
        }
        throw .contention(kind.resource, operation: "PUT")
    }

    /// Creates an object that a PUT was to replace; nil where it is there by now.
    private func createByUpdate(
        _ request: APIRequest,
        _ target: Target,
        _ name: String,
        _ proposal: Proposal,
        _ options: WriteOptions
    ) async throws(Refusal) -> Written? {
        let resource = target.kind.resource
        let attributes = RequestAttributes(
            identity: request.identity,
            verb: "create",
            target: .resource(
                group: resource.group,
                plural: resource.plural,
                subresource: "",
                namespace: target.namespace ?? "",
                name: name
            )
        )
        if case .denied(let reason) = authorizer.decide(attributes) {
            throw .forbidden(
                user: request.identity.user,
                verb: "create",
                resource.qualifiedPlural,
                subresource: "",
                namespace: target.namespace ?? "",
                name: name,
                reason: reason
            )
        }
        var value = proposal.value
        let ownName = value["metadata"]?["name"]?.string ?? ""
        guard ownName.isEmpty || ownName == name else { throw .nameMismatch(body: ownName, path: name) }
        value[path: "metadata", "name"] = .string(name)
        value[path: "metadata", "resourceVersion"] = nil
        value[path: "metadata", "uid"] = nil
        do throws(Refusal) {
            var written = try await objects.create(target.kind, namespace: target.namespace, value, options)
            written.warnings = proposal.warnings + written.warnings
            return written
        } catch  where error.reason == .alreadyExists {
            return nil
        }
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
