import KubernetesAPI

extension KindDefinition {
    /// Who may talk to which pods.
    public static let networkPolicy = KindDefinition(
        ResourceType(
            group: "networking.k8s.io",
            version: "v1",
            kind: "NetworkPolicy",
            plural: "networkpolicies",
            namespaced: true
        ),
        shortNames: ["netpol"],
        schema: "io.k8s.api.networking.v1.NetworkPolicy",
        strategy: NetworkPolicyStrategy(),
        columns: [
            .name,
            .text("Pod-Selector", "Which pods the policy is about.") { ObjectSelector($0.spec.podSelector).text },
            .age,
        ]
    )
}
