import JSON
import KubernetesAPI
import KubernetesClient

extension ControllerManager {
    /// Asks the server whether what a request rests on is still so.
    private func check(_ condition: ClusterWrite.Condition) async throws(ClientError) {
        var live: ObjectMeta?
        do {
            let (namespace, name) = (condition.object.namespace, condition.object.name)
            live = try await client.metadata(condition.resource, namespace: namespace, name: name).metadata
        } catch {
            guard case .api(let refusal) = error, refusal.code == 404 else { throw error }
        }
        guard !condition.holds(for: live) else { return }
        let message = "\(condition.resource.kind) \(condition.object.name) is not as it was known"
        throw .api(APIError(request: "GET \(condition.resource.plural)", code: 409, status: Status(message: message)))
    }

    func perform(_ write: ClusterWrite) async throws(ClientError) {
        if let condition = write.condition { try await check(condition) }
        let (resource, namespace) = (write.resource, write.namespace)
        let answer: [UInt8]
        do {
            switch write.action {
            case .create(let object):
                answer = try await client.post(
                    resource,
                    namespace: namespace,
                    name: write.subresource == nil ? nil : write.name,
                    subresource: write.subresource,
                    body: object.json
                )
            case .replace(let object):
                answer = try await client.replace(
                    resource,
                    namespace: namespace,
                    name: write.name,
                    subresource: write.subresource,
                    body: object.json
                )
            case .patch(let type, let patch):
                answer = try await client.patch(
                    resource,
                    namespace: namespace,
                    name: write.name,
                    subresource: write.subresource,
                    type: type,
                    body: patch.json
                )
            case .delete(let options):
                answer = try await client.delete(
                    resource,
                    namespace: namespace,
                    name: write.name,
                    options: options.json.json
                )
            }
        } catch {
            // What is to be changed or deleted is gone: the watch tells, and whoever depends on it is asked again.
            if case .api(let refusal) = error, refusal.code == 404 {
                guard case .create = write.action else { return }
            }
            throw error
        }
        absorb(write, answer)
    }

    /// Takes in what the server answered to a write, so that no controller acts on what was before it.
    private func absorb(_ write: ClusterWrite, _ answer: [UInt8]) {
        guard write.subresource == nil || write.subresource == "status" else { return }
        switch write.resource {
        case Pod.resource: absorb(.pods, write, answer)
        case ServiceKind.resource: absorb(.services, write, answer)
        case EndpointSliceKind.resource: absorb(.endpointSlices, write, answer)
        case EndpointsKind.resource: absorb(.endpoints, write, answer)
        case NodeKind.resource: absorb(.nodes, write, answer)
        case NamespaceKind.resource: absorb(.namespaces, write, answer)
        case ServiceAccountKind.resource: absorb(.serviceAccounts, write, answer)
        case DeploymentKind.resource: absorb(.deployments, write, answer)
        case ReplicaSetKind.resource: absorb(.replicaSets, write, answer)
        case DaemonSetKind.resource: absorb(.daemonSets, write, answer)
        case ConfigMapKind.resource: absorb(.rootCertificates, write, answer)
        case SecretKind.resource: absorb(.tokenSecrets, write, answer)
        default: break
        }
    }

    private func absorb<Object>(_ kind: FollowedKind<Object>, _ write: ClusterWrite, _ answer: [UInt8]) {
        let object = try? Object(json: answer)
        if case .delete(let options) = write.action {
            if let object, object.metadata.deletionTimestamp != nil {
                // Unless the watch was first to tell that it is gone.
                let name = ObjectName(object.metadata)
                let known = complete(object)
                take(kind) {
                    $0[name]?.metadata.uid == known.metadata.uid ? $0.put(known, isAnswer: true) : nil
                }
            }
            // The server may say no more than that it is done: whether the object is gone already, the watch tells.
            let name = ObjectName(namespace: write.namespace, name: write.name)
            let now = wallClock()
            if let uid = options.uid { take(kind) { $0.markGoing(name, uid: uid, now: now) } }
        } else if let object, !object.metadata.name.isEmpty, !object.metadata.resourceVersion.isEmpty {
            let known = complete(object)
            take(kind) { $0.put(known, isAnswer: true) }
        }
    }
}
