import KubernetesAPI

extension KindDefinition {
    /// An address that is given to an object.
    public static let ipAddress = KindDefinition(
        ResourceType(
            group: "networking.k8s.io",
            version: "v1",
            kind: "IPAddress",
            plural: "ipaddresses",
            namespaced: false
        ),
        shortNames: ["ip"],
        schema: "io.k8s.api.networking.v1.IPAddress",
        nameRule: .ipAddress,
        strategy: IPAddressStrategy(),
        columns: [
            .name,
            .text("ParentRef", "The object that the address belongs to.") { address in
                let parent = address.spec.parentRef
                if !parent.isPresent { return "<none>" }
                let (resource, group) = (parent.resource.text.lowercased(), parent.group.text.lowercased())
                let names = [
                    group.isEmpty ? resource : "\(resource).\(group)", parent.namespace.text, parent.name.text,
                ]
                return names.filter { !$0.isEmpty }.joined(separator: "/")
            },
        ],
        selectableFields: [
            "spec.parentRef.group": SelectableFields.text("spec", "parentRef", "group"),
            "spec.parentRef.resource": SelectableFields.text("spec", "parentRef", "resource"),
            "spec.parentRef.namespace": SelectableFields.text("spec", "parentRef", "namespace"),
            "spec.parentRef.name": SelectableFields.text("spec", "parentRef", "name"),
        ]
    )
}
