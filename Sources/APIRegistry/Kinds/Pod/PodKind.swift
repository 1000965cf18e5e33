import KubernetesAPI

extension KindDefinition {
    /// Containers that run together on a node.
    public static let pod = KindDefinition(
        ResourceType(group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true),
        shortNames: ["po"],
        categories: ["all"],
        schema: "io.k8s.api.core.v1.Pod",
        subresources: [.status, .binding, .eviction, .log, .exec, .attach, .portforward],
        strategy: PodStrategy(),
        columns: PodColumns.all,
        selectableFields: [
            "spec.hostNetwork": SelectableFields.flag("spec", "hostNetwork"),
            "spec.nodeName": SelectableFields.text("spec", "nodeName"),
            "spec.restartPolicy": SelectableFields.text("spec", "restartPolicy"),
            "spec.schedulerName": SelectableFields.text("spec", "schedulerName"),
            "spec.serviceAccountName": SelectableFields.text("spec", "serviceAccountName"),
            "status.nominatedNodeName": SelectableFields.text("status", "nominatedNodeName"),
            "status.phase": SelectableFields.text("status", "phase"),
            "status.podIP": SelectableFields.text("status", "podIP"),
        ]
    )
}
