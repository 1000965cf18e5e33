/// Why logs cannot be read or a program cannot be run in a container, as the kubelet says it.
public enum PodAccessError: Error, Sendable, Hashable {
    /// No such pod is on this node.
    case podNotFound(namespace: String, pod: String)
    /// The pod has no such container.
    case containerNotFound(pod: String, container: String)
    /// The pod has several containers and none was named.
    case containerNotNamed(pod: String, containers: [String])
    /// The container has not started.
    case containerWaiting(pod: String, container: String, reason: String)
    /// The container does not run.
    case containerNotRunning(pod: String, container: String)
    /// There was no container before this one.
    case noPreviousContainer(pod: String, container: String)
    /// Something else, with its reason.
    case failed(String)
}

extension PodAccessError: CustomStringConvertible {
    /// The kubelet's words.
    public var description: String {
        switch self {
        case .podNotFound(let namespace, let pod): "pod \(namespace)/\(pod) is not on this node"
        case .containerNotFound(let pod, let container): "container \(container) is not valid for pod \(pod)"
        case .containerNotNamed(let pod, let containers):
            "a container name must be specified for pod \(pod), choose one of: [\(containers.joined(separator: " "))]"
        case .containerWaiting(let pod, let container, let reason):
            "container \"\(container)\" in pod \"\(pod)\" is waiting to start: \(reason)"
        case .containerNotRunning(let pod, let container):
            "container \"\(container)\" in pod \"\(pod)\" does not run"
        case .noPreviousContainer(let pod, let container):
            "previous terminated container \"\(container)\" in pod \"\(pod)\" not found"
        case .failed(let reason): reason
        }
    }
}
