import JSON

/// What `kubectl get nodes` shows.
enum NodeColumns {
    static let all: [TableColumn] = [
        .name,
        .text("Status", "Whether the node is ready, and whether pods may be placed on it.", status),
        .text("Roles", "What the node's labels say that it is for.", roles),
        .age,
        .text("Version", "The version of the node's agent.") { $0.status.nodeInfo.kubeletVersion.text },
        .text("Internal-IP", priority: 1, "The node's address within the cluster.") { address($0, "InternalIP") },
        .text("External-IP", priority: 1, "The node's address from outside.") { address($0, "ExternalIP") },
        .text("OS-Image", priority: 1, "The node's operating system.") { known($0.status.nodeInfo.osImage) },
        .text("Kernel-Version", priority: 1, "The node's kernel.") { known($0.status.nodeInfo.kernelVersion) },
        .text("Container-Runtime", priority: 1, "What runs the node's containers.") {
            known($0.status.nodeInfo.containerRuntimeVersion)
        },
    ]

    private static func status(_ node: ObjectView) -> String {
        let ready = node.status.conditions.elements.last { $0.type.text == "Ready" }
        let state = ready.map { $0.status.text == "True" ? "Ready" : "NotReady" } ?? "Unknown"
        return node.spec.unschedulable.isTrue ? "\(state),SchedulingDisabled" : state
    }

    private static func roles(_ node: ObjectView) -> String {
        let prefix = "node-role.kubernetes.io/"
        var roles: Set<String> = []
        for (name, value) in node.metadata.labels.textMap {
            if name.hasPrefix(prefix) {
                roles.insert(String(name.dropFirst(prefix.count)))
            } else if name == "kubernetes.io/role" {
                roles.insert(value)
            }
        }
        return roles.filter { !$0.isEmpty }.sorted().joined(separator: ",").orNone
    }

    private static func address(_ node: ObjectView, _ type: String) -> String {
        (node.status.addresses.elements.first { $0.type.text == type }?.address.text ?? "").orNone
    }

    private static func known(_ value: ObjectView) -> String { value.text.isEmpty ? "<unknown>" : value.text }
}
