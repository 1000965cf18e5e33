public import Observability
import ServiceRouting

/// Something that users of the cluster must see: an Event (`events.k8s.io/v1`) of reporting controller `kube-proxy`,
/// before it is one.
public struct ProxyEvent: Sendable, Hashable {
    /// Whether it is good to know, or somebody should act.
    public enum EventType: String, Sendable {
        /// Good to know.
        case normal = "Normal"
        /// Somebody should act.
        case warning = "Warning"
    }

    /// The object that it is about.
    public struct ObjectReference: Sendable, Hashable {
        /// `Node` or `Service`, of `v1`.
        public var kind: String
        /// Nil for objects without one.
        public var namespace: String?
        /// Its name.
        public var name: String
        /// Its UID, where it is known.
        public var uid: String?

        /// The Node of that name. Its UID is its name, as the kubelet and kube-proxy write it.
        public static func node(_ name: String) -> ObjectReference {
            ObjectReference(kind: "Node", namespace: nil, name: name, uid: name)
        }

        /// The Service of that name.
        public static func service(namespace: String, name: String, uid: String? = nil) -> ObjectReference {
            ObjectReference(kind: "Service", namespace: namespace, name: name, uid: uid)
        }
    }

    /// Whether somebody should act.
    public var type: EventType
    /// Why: one word in upper camel case.
    public var reason: String
    /// What was being done: one word in upper camel case.
    public var action: String
    /// What it is about.
    public var regarding: ObjectReference
    /// What happened, for people.
    public var note: String

    /// That event.
    public init(type: EventType, reason: String, action: String, regarding: ObjectReference, note: String) {
        self.type = type
        self.reason = reason
        self.action = action
        self.regarding = regarding
        self.note = note
    }
}

extension ProxyEvent {
    /// The proxy of a node has been started.
    public static func starting(nodeName: String) -> ProxyEvent {
        ProxyEvent(
            type: .normal,
            reason: "Starting",
            action: "StartKubeProxy",
            regarding: .node(nodeName),
            note: ""
        )
    }

    /// `/healthz` is not served.
    public static func failedToStartProxierHealthcheck(nodeName: String, error: ListenError) -> ProxyEvent {
        ProxyEvent(
            type: .warning,
            reason: "FailedToStartProxierHealthcheck",
            action: "StartKubeProxy",
            regarding: .node(nodeName),
            note: "failed to start proxier healthz on \(error.address): \(error)"
        )
    }

    /// `/metrics` is not served.
    public static func failedToStartMetricServer(nodeName: String, error: ListenError) -> ProxyEvent {
        ProxyEvent(
            type: .warning,
            reason: "FailedToStartMetricServer",
            action: "StartKubeProxy",
            regarding: .node(nodeName),
            note: "starting metrics server failed: \(error)"
        )
    }

    /// The health-check port of a Service could not be had.
    public static func failedToStartServiceHealthcheck(
        nodeName: String,
        _ failure: HealthCheckServers.Failure
    ) -> ProxyEvent {
        let service = failure.service
        return ProxyEvent(
            type: .warning,
            reason: "FailedToStartServiceHealthcheck",
            action: "Listen",
            regarding: .service(namespace: service.namespace, name: service.name),
            note: "node \(nodeName) failed to start healthcheck \"\(service)\" on port \(failure.error.address.port): "
                + "\(failure.error)"
        )
    }

    /// A Service does not get an address and port that an older Service has.
    ///
    /// - Parameters:
    ///   - nodeName: The node that says so.
    ///   - frontend: What both claim: `10.0.0.1:80/TCP`.
    ///   - loser: The Service that goes without.
    ///   - winner: The Service that has it, as `namespace/name`.
    public static func frontendConflict(
        nodeName: String,
        frontend: String,
        loser: ObjectReference,
        winner: String
    ) -> ProxyEvent {
        ProxyEvent(
            type: .warning,
            reason: "FrontendConflict",
            action: "ProgramService",
            regarding: loser,
            note: "node \(nodeName) does not serve \(frontend) for this Service: the older Service \(winner) has it"
        )
    }
}
