import JSON

/// As whom a container runs: `securityContext` of the container before that of the pod.
struct ContainerIdentity: Sendable, Hashable {
    var user: UInt32 = 0
    var group: UInt32 = 0
    var supplementaryGroups: [UInt32] = []
    var hasReadOnlyRoot = false
    var isPrivileged = false

    /// - Throws: Where it must not be root and is.
    init(of container: ContainerSpecification, in pod: PodSpecification) throws(StartRefusal) {
        let (own, shared) = (container.object["securityContext"], pod.object[path: "spec", "securityContext"])
        func number(_ name: String) -> UInt32? {
            (own?[name]?.integer ?? shared?[name]?.integer).flatMap { UInt32(exactly: $0) }
        }
        user = number("runAsUser") ?? 0
        group = number("runAsGroup") ?? 0
        let groups = (shared?["supplementalGroups"]?.array ?? []) + [shared?["fsGroup"]].compactMap { $0 }
        supplementaryGroups = groups.compactMap { $0.integer.flatMap { UInt32(exactly: $0) } }
        hasReadOnlyRoot = own?["readOnlyRootFilesystem"]?.bool ?? false
        isPrivileged = own?["privileged"]?.bool ?? false
        if user == 0, own?["runAsNonRoot"]?.bool ?? shared?["runAsNonRoot"]?.bool ?? false {
            throw StartRefusal(
                reason: "CreateContainerConfigError",
                message: "container has runAsNonRoot and image will run as root: set runAsUser"
            )
        }
    }
}
