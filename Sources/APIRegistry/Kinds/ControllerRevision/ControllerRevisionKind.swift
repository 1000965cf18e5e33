import KubernetesAPI

extension KindDefinition {
    /// A state of a controller's template to go back to.
    public static let controllerRevision = KindDefinition(
        ResourceType(
            group: "apps",
            version: "v1",
            kind: "ControllerRevision",
            plural: "controllerrevisions",
            namespaced: true
        ),
        schema: "io.k8s.api.apps.v1.ControllerRevision",
        strategy: ControllerRevisionStrategy(),
        columns: [
            .name,
            .text("Controller", "The object that it is a state of.") { revision in
                let owners = revision.metadata.ownerReferences.elements
                guard let owner = owners.first(where: \.controller.isTrue) else { return "<none>" }
                let version = owner.apiVersion.text
                let group = version.contains("/") ? ".\(version.prefix { $0 != "/" })" : ""
                return "\(owner.kind.text)\(group)".lowercased() + "/" + owner.name.text
            },
            .count("Revision", "Its number.") { $0.revision.number ?? 0 },
            .age,
        ]
    )
}
