import Addressing
import KubernetesAPI

/// What is to be done for a pod. Everything but signals is answered by a ``PodEvent``, however it goes.
enum PodAction: Sendable, Hashable {
    case makeSandbox
    case start(container: String, attempt: Int)
    /// Runs the hook of a container that has started.
    case runStartHook(container: String, attempt: Int, HandlerAction)
    /// Runs the hook of one that is to end, for at most so long.
    case runHook(container: String, attempt: Int, HandlerAction, limit: Duration)
    case tell(container: String, attempt: Int)
    case kill(container: String, attempt: Int)
    case probe(container: String, attempt: Int, ProbeKind, ProbeSpecification)
    /// Takes down the network and the volumes.
    case removeSandbox
}

/// What has happened to a pod.
enum PodEvent: Sendable, Hashable {
    case sandboxMade([IPAddress])
    case sandboxFailed(String)
    case sandboxRemoved
    case sandboxRemovalFailed(String)
    case started(container: String, attempt: Int, at: Timestamp)
    case refused(container: String, attempt: Int, reason: String, message: String)
    case exited(container: String, ContainerExit)
    case startHookEnded(container: String, attempt: Int, isSuccess: Bool, message: String)
    case hookEnded(container: String, attempt: Int)
    case probed(container: String, attempt: Int, ProbeKind, isSuccess: Bool, message: String)
}
