import APIRegistry
import JSON
import KubernetesAPI
import Storage

// What pods get that depends on other objects.

extension ObjectRegistry {
    /// A controller makes a namespace's account `default` just after the namespace: a pod waits so long for it.
    private static let accountPatience = Duration.seconds(3)

    /// Gives a new pod what its service account and its node have for it, and refuses one whose account is not there.
    ///
    /// Source: `plugin/pkg/admission/serviceaccount/admission.go`.
    func equip(_ draft: inout JSONValue, _ kind: KindDefinition, namespace: String) async throws(Refusal) {
        guard kind.resource.group.isEmpty, kind.resource.plural == "pods" else { return }
        if givesAccounts { try await giveAccount(to: &draft, kind, namespace: namespace) }
        if let node = draft["spec"]?["nodeName"]?.string, !node.isEmpty { giveTopology(ofNode: node, to: &draft) }
    }

    /// Tells a pod where its node is, as labels; nothing where the Node is not there.
    func giveTopology(ofNode name: String, to pod: inout JSONValue) {
        guard let node = object(group: "", plural: "nodes", namespace: nil, name: name) else { return }
        PodAdmission.giveTopology(of: node, to: &pod)
    }

    private func giveAccount(
        to draft: inout JSONValue,
        _ kind: KindDefinition,
        namespace: String
    ) async throws(Refusal) {
        // Of a name that is made only its beginning is known.
        let metadata = draft["metadata"]
        let names = [metadata?["name"]?.string, metadata?["generateName"]?.string].compactMap { $0 }
        let podName = names.first { !$0.isEmpty } ?? ""
        if PodAdmission.isMirror(draft) {
            guard let words = PodAdmission.objection(toMirror: draft) else { return }
            throw .forbidden(kind.resource, name: podName, words)
        }
        let name = PodAdmission.serviceAccountName(of: draft)
        guard let account = try await account(name, in: namespace) else {
            let missing = Refusal.notFound(QualifiedName(group: "", name: "serviceaccount"), name: name).message
            let words = "error looking up service account \(namespace)/\(name): \(missing)"
            throw .forbidden(kind.resource, name: podName, words)
        }
        var generator = SystemRandomNumberGenerator()
        let suffix = ObjectMetadata.generatedName("", using: &generator)
        PodAdmission.give(serviceAccount: account, to: &draft, suffix: suffix)
    }

    private func account(_ name: String, in namespace: String) async throws(Refusal) -> JSONValue? {
        guard let kind = kinds.kind(group: "", version: "v1", plural: "serviceaccounts") else { return nil }
        let accounts = try cache(of: kind)
        let key = kind.key(namespace: namespace, name: name)
        if let found = accounts.object(key) { return found.value }
        _ = try await catchUp()
        let deadline = ContinuousClock.now + (name == PodAdmission.defaultAccount ? Self.accountPatience : .zero)
        while true {
            let seen = cache.progress.revision
            if let found = accounts.object(key) { return found.value }
            let left = deadline - .now
            guard left > .zero, await cache.progress.wait(for: seen.next, timeout: left) else { return nil }
        }
    }
}
