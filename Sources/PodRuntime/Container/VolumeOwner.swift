import Glibc
import JSON

/// Whose the files of a pod's volumes are, beside root's.
struct VolumeOwner: Sendable, Hashable {
    /// The user as whom every container runs; nil where they differ, or one does not say.
    var user: UInt32?
    /// `fsGroup`.
    var group: UInt32?

    init(of pod: PodSpecification) {
        let shared = pod.object[path: "spec", "securityContext"]
        group = shared?["fsGroup"]?.integer.flatMap { UInt32(exactly: $0) }
        let users = pod.allContainers.map { container in
            (container.object[path: "securityContext", "runAsUser"]?.integer ?? shared?["runAsUser"]?.integer)
                .flatMap { UInt32(exactly: $0) }
        }
        if let first = users.first, users.allSatisfy({ $0 == first }) { user = first }
    }

    /// The mode of a file of this mode for a group of its own: the group may read it (upstream's
    /// `SetVolumeOwnership`).
    func mode(_ mode: mode_t) -> mode_t { group == nil ? mode : mode | 0o440 }

    /// The mode of a file with a token: nobody else reads it where one user or one group is meant.
    func tokenMode(_ mode: mode_t) -> mode_t { self.mode(user == nil && group == nil ? mode : 0o600) }
}
