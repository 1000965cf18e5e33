import JSON
import KubernetesAPI
import KubernetesClient

/// Pods made from a template.
enum PodTemplate {
    /// The request that makes a pod of a workload; the server makes its name.
    ///
    /// - Parameter labels: Labels that it has besides those of the template.
    static func creation<Kind: WorkloadKind>(
        from template: JSONValue,
        of workload: Resource<Kind>,
        labels: [String: String] = [:]
    ) -> ClusterWrite {
        let namespace = workload.metadata.namespace ?? "default"
        var metadata: JSONValue = [
            "generateName": .string("\(workload.metadata.name)-"), "namespace": .string(namespace),
        ]
        let all = (template[path: "metadata", "labels"]?.stringMap ?? [:]).merging(labels) { $1 }
        if !all.isEmpty { metadata["labels"] = .stringMap(all) }
        metadata["annotations"] = template[path: "metadata", "annotations"]
        metadata["finalizers"] = template[path: "metadata", "finalizers"]
        metadata["ownerReferences"] = [workload.ownership.json]
        let pod: JSONValue = [
            "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"] ?? [:],
        ]
        return ClusterWrite(Pod.resource, namespace: namespace, name: "", .create(pod))
    }

    /// The request that ends a pod.
    static func deletion(of pod: Pod) -> ClusterWrite {
        ClusterWrite(
            Pod.resource,
            namespace: pod.metadata.namespace,
            name: pod.metadata.name,
            .delete(.init(uid: pod.metadata.uid))
        )
    }

    /// A short text that says which template it is, and changes with it: as a label's value and in names.
    ///
    /// - Parameter collisionCount: Makes another text of the same template, where one is taken.
    static func hash(_ template: JSONValue, collisionCount: Int = 0) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        }
        add(sorted(template).json)
        if collisionCount > 0 { add("#\(collisionCount)".utf8) }
        // Letters and digits of which no words are made, as upstream has it.
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
        var text = ""
        for _ in 0..<10 {
            text.append(alphabet[Int(hash % UInt64(alphabet.count))])
            hash /= UInt64(alphabet.count)
        }
        return text
    }

    /// The same value with the members of all objects in the order of their names.
    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map { sorted($0) })
        case .object(let object):
            var members = JSONObject()
            for member in object.members.sorted(by: { $0.name < $1.name }) where !member.value.isNull {
                members[member.name] = sorted(member.value)
            }
            return .object(members)
        default: return value
        }
    }
}
