import APIRegistry
import JSON

/// Which container of a pod a request is about.
///
/// Source: `validateContainer` in `pkg/registry/core/pod/strategy.go`, whose words the refusals have.
enum PodContainer {
    /// The container's name.
    ///
    /// - Parameter name: What the request says; empty for the only one.
    static func name(_ name: String, in pod: JSONValue) throws(Refusal) -> String {
        let podName = pod["metadata"]?["name"]?.string ?? ""
        let ordinary = names("containers", of: pod)
        let initial = names("initContainers", of: pod)
        let ephemeral = names("ephemeralContainers", of: pod)
        guard name.isEmpty else {
            guard (ordinary + initial + ephemeral).contains(name) else {
                throw .badRequest("container \(name) is not valid for pod \(podName)")
            }
            return name
        }
        if ordinary.count == 1, let only = ordinary.first { return only }
        var words = "a container name must be specified for pod \(podName)"
        guard !ordinary.isEmpty else { throw .badRequest(words) }
        words += ", choose one of: [\(ordinary.joined(separator: " "))]"
        if !initial.isEmpty { words += " or one of the init containers: [\(initial.joined(separator: " "))]" }
        if !ephemeral.isEmpty { words += " or one of the ephemeral containers: [\(ephemeral.joined(separator: " "))]" }
        throw .badRequest(words)
    }

    private static func names(_ field: String, of pod: JSONValue) -> [String] {
        (pod["spec"]?[field]?.array ?? []).compactMap { $0["name"]?.string }
    }
}
