import JSON
import KubernetesAPI

/// A service account's token in a projected volume.
struct ProjectedToken: Sendable, Hashable {
    /// The file in the volume.
    var path: String
    /// Empty for the API server's own.
    var audiences: [String]
    /// For how long it is asked for; what the API server grants is at least ten minutes.
    var expiration: Duration

    /// A source of a projected volume; nil where it is another one.
    init?(_ source: JSONValue) {
        guard let token = source["serviceAccountToken"] else { return nil }
        path = token["path"]?.string ?? "token"
        let audience = token["audience"]?.string ?? ""
        audiences = audience.isEmpty ? [] : [audience]
        expiration = .seconds(min(max(token["expirationSeconds"]?.integer ?? 3_600, 600), 1 << 32))
    }

    /// The age from which on it is replaced: four fifths of its life, and a day at most (upstream's
    /// `pkg/kubelet/token`).
    var renewalAge: Duration { min(expiration * 4 / 5, .seconds(86_400)) }

    /// Those of a pod, by the names of their volumes.
    static func all(of pod: PodSpecification) -> [(volume: JSONValue, token: ProjectedToken)] {
        (pod.object[path: "spec", "volumes"]?.array ?? []).flatMap { volume in
            (volume[path: "projected", "sources"]?.array ?? []).compactMap { source in
                ProjectedToken(source).map { (volume, $0) }
            }
        }
    }
}
