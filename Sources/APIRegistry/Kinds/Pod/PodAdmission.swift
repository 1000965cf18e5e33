public import JSON

/// What is added to a pod that depends on other objects, by whoever has those at hand.
///
/// Sources: `plugin/pkg/admission/serviceaccount`, `plugin/pkg/admission/podtopologylabels`.
public enum PodAdmission {
    /// Where containers find the token of their ServiceAccount.
    public static let tokenFolder = "/var/run/secrets/kubernetes.io/serviceaccount"
    private static let volumePrefix = "kube-api-access-"
    private static let topology = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"]

    /// The ServiceAccount of pods that name none.
    public static let defaultAccount = "default"

    /// The name of the ServiceAccount that a new pod is to have: its own choice, or `default`.
    public static func serviceAccountName(of pod: JSONValue) -> String {
        let name = ownAccountName(of: pod)
        return name.isEmpty ? defaultAccount : name
    }

    private static func ownAccountName(of pod: JSONValue) -> String {
        let spec = ObjectView(pod).spec
        return spec.serviceAccountName.text.isEmpty ? spec.serviceAccount.text : spec.serviceAccountName.text
    }

    /// Whether a node runs the pod by itself, and the object only mirrors it: such a pod has no ServiceAccount.
    public static func isMirror(_ pod: JSONValue) -> Bool {
        ObjectView(pod).metadata.annotations["kubernetes.io/config.mirror"].isPresent
    }

    /// Why a mirror pod may not be made; nil where it may.
    public static func objection(toMirror pod: JSONValue) -> String? {
        if !ownAccountName(of: pod).isEmpty { return "a mirror pod may not reference service accounts" }
        let sources = ObjectView(pod).spec.volumes.elements.flatMap(\.projected.sources.elements)
        guard sources.contains(where: \.serviceAccountToken.isPresent) else { return nil }
        return "a mirror pod may not use ServiceAccountToken volume projections"
    }

    /// Makes a new pod one of its ServiceAccount's: the name, secrets to pull images with, and a token in each container
    /// unless the pod or the account declines.
    ///
    /// Pods that a node runs by itself (mirror pods) stay as they are.
    ///
    /// - Parameters:
    ///   - account: The ServiceAccount, which must exist.
    ///   - suffix: What makes the name of the token's volume unique, such as five random letters.
    public static func give(serviceAccount account: JSONValue, to pod: inout JSONValue, suffix: String) {
        let (view, account) = (ObjectView(pod), ObjectView(account))
        if isMirror(pod) { return }
        let name = serviceAccountName(of: pod)
        let choice =
            view.spec.automountServiceAccountToken.json?.bool ?? account.automountServiceAccountToken.json?.bool
        pod.mutateMember("spec") { spec in
            guard case .object = spec else { return }
            spec["serviceAccountName"] = .string(name)
            spec["serviceAccount"] = .string(name)
            if view.spec.imagePullSecrets.count == 0, account.imagePullSecrets.count > 0 {
                spec["imagePullSecrets"] = account.imagePullSecrets.json
            }
            if choice ?? true { mountToken(&spec, suffix) }
        }
    }

    private static func mountToken(_ spec: inout JSONValue, _ suffix: String) {
        let volumes = spec["volumes"]?.array ?? []
        let present = volumes.compactMap { $0["name"]?.string }.first { $0.hasPrefix(volumePrefix) }
        let name = present ?? volumePrefix + suffix
        var isMounted = false
        for list in ["containers", "initContainers"] {
            spec.mutateElements(of: list) { container in
                guard case .object = container else { return }
                let mounts = container["volumeMounts"]?.array ?? []
                if mounts.contains(where: { $0["mountPath"]?.string == tokenFolder }) { return }
                let mount: JSONValue = ["name": .string(name), "readOnly": true, "mountPath": .string(tokenFolder)]
                container["volumeMounts"] = .array(mounts + [mount])
                isMounted = true
            }
        }
        guard isMounted, present == nil else { return }
        spec["volumes"] = .array(volumes + [tokenVolume(name)])
    }

    private static func tokenVolume(_ name: String) -> JSONValue {
        [
            "name": .string(name),
            "projected": [
                "sources": [
                    ["serviceAccountToken": ["expirationSeconds": 3_607, "path": "token"]],
                    ["configMap": ["name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
                    [
                        "downwardAPI": [
                            "items": [
                                [
                                    "path": "namespace",
                                    "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"],
                                ]
                            ]
                        ]
                    ],
                ],
                "defaultMode": 420,
            ],
        ]
    }

    /// Tells a pod in which zone and region its node is, as labels, when it is put there.
    ///
    /// - Parameter node: The Node; nothing is known of one that is not there.
    public static func giveTopology(of node: JSONValue, to pod: inout JSONValue) {
        let labels = ObjectView(node).metadata.labels
        let known = topology.filter { !labels[$0].text.isEmpty }
        if known.isEmpty { return }
        pod.mutateOrMakeMember("metadata") { metadata in
            metadata.mutateOrMakeMember("labels") { own in
                guard case .object = own else { return }
                for name in known { own[name] = .string(labels[name].text) }
            }
        }
    }
}
