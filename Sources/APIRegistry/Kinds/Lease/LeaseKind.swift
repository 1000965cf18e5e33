import KubernetesAPI

extension KindDefinition {
    /// Who leads, or lives: renewed again and again.
    public static let lease = KindDefinition(
        ResourceType(group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases", namespaced: true),
        schema: "io.k8s.api.coordination.v1.Lease",
        strategy: LeaseStrategy(),
        columns: [.name, .text("Holder", "Who holds the lease.") { $0.spec.holderIdentity.text }, .age]
    )
}
