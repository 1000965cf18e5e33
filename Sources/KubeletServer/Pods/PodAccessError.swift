/// Why a pod's output cannot be read, or a command not run in it.
public struct PodAccessError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of reason it is.
    public var reason: Reason
    /// For people: what is missing or failed, with the names.
    public var message: String

    /// Kinds of reasons.
    public enum Reason: Sendable, Hashable {
        /// The pod, the container or its former run is not there: HTTP's 404.
        case notFound
        /// It is there, and cannot do that, such as a container that does not run: HTTP's 400.
        case badRequest
        /// Something failed: HTTP's 500.
        case failed
    }

    /// A reason with its explanation.
    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// For people.
    public var description: String { message }

    /// No such pod on this node, in upstream's words.
    public static func podNotFound(namespace: String, pod: String) -> PodAccessError {
        PodAccessError(.notFound, "pod \"\(pod)\" in namespace \"\(namespace)\" not found")
    }

    /// No such container in the pod, in upstream's words.
    public static func containerNotFound(_ container: String, pod: String) -> PodAccessError {
        PodAccessError(.notFound, "container \(container) not found in pod \(pod)")
    }

    /// The container has not run before, in upstream's words.
    public static func noFormerRun(of container: String, pod: String) -> PodAccessError {
        PodAccessError(.badRequest, "previous terminated container \"\(container)\" in pod \"\(pod)\" not found")
    }

    /// The container does not run yet, in upstream's words.
    ///
    /// - Parameter state: Such as `ContainerCreating`, or the reason that it waits for.
    public static func notStarted(_ container: String, pod: String, state: String) -> PodAccessError {
        PodAccessError(
            .badRequest,
            "container \"\(container)\" in pod \"\(pod)\" is waiting to start: \(state)"
        )
    }
}
