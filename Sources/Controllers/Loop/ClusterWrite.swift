public import JSON
public import KubernetesAPI
public import KubernetesClient

/// One request that a controller wants made.
public struct ClusterWrite: Sendable, Hashable {
    /// What is done.
    public enum Action: Sendable, Hashable {
        /// A new object, or a part of one (`binding`).
        case create(JSONValue)
        /// The object as it shall be, with the `resourceVersion` that it takes the place of.
        case replace(JSONValue)
        /// A patch.
        case patch(PatchType, JSONValue)
        /// The object shall go.
        case delete(DeleteOptions)
    }

    /// The kind.
    public var resource: ResourceType
    /// The object's namespace; nil for kinds that have none.
    public var namespace: String?
    /// The object's name; empty where the server makes one (`generateName`).
    public var name: String
    /// The part that is written, such as `status`; nil for the object.
    public var subresource: String?
    /// What is done.
    public var action: Action
    /// What must hold of another object, as the server says when it is asked right before; nil for nothing.
    ///
    /// For what cannot be undone and rests on another object than the one that is written: what is known of that one
    /// may be old. Where it does not hold nothing is written, and the key is looked at again.
    public var condition: Condition?

    /// What must hold of an object.
    public struct Condition: Sendable, Hashable {
        /// The object's kind.
        public var resource: ResourceType
        /// The object.
        public var object: ObjectName
        /// Its uid; nil for whichever has the name.
        public var uid: String?
        /// Whether it must be there, and not about to go; otherwise it must not exist.
        public var exists: Bool

        /// The object of this uid is there, and is not to go.
        public static func lives(_ resource: ResourceType, _ object: ObjectName, uid: String) -> Condition {
            Condition(resource: resource, object: object, uid: uid, exists: true)
        }

        /// There is no such object, or only another of its name.
        public static func isGone(_ resource: ResourceType, _ object: ObjectName, uid: String? = nil) -> Condition {
            Condition(resource: resource, object: object, uid: uid, exists: false)
        }

        /// Whether it holds.
        ///
        /// - Parameter live: What the server says of the object; nil where it says that there is none.
        public func holds(for live: ObjectMeta?) -> Bool {
            let isThere = live.map { uid == nil || $0.uid == uid } ?? false
            return exists ? isThere && live?.deletionTimestamp == nil : !isThere
        }
    }

    /// A request from its parts.
    public init(
        _ resource: ResourceType,
        namespace: String?,
        name: String,
        subresource: String? = nil,
        _ action: Action,
        if condition: Condition? = nil
    ) {
        self.resource = resource
        self.namespace = namespace
        self.name = name
        self.subresource = subresource
        self.action = action
        self.condition = condition
    }

    /// How an object is to go.
    public struct DeleteOptions: Sendable, Hashable {
        /// Only the object of this uid; nil for whichever has the name.
        public var uid: String?
        /// Only this version; nil for whichever there is.
        public var resourceVersion: String?
        /// How long it has; nil for its own time.
        public var gracePeriodSeconds: Int?
        /// `Background`, `Foreground` or `Orphan`; nil for the kind's own way.
        public var propagationPolicy: String?

        /// Options from their parts.
        public init(
            uid: String? = nil,
            resourceVersion: String? = nil,
            gracePeriodSeconds: Int? = nil,
            propagationPolicy: String? = nil
        ) {
            self.uid = uid
            self.resourceVersion = resourceVersion
            self.gracePeriodSeconds = gracePeriodSeconds
            self.propagationPolicy = propagationPolicy
        }

        /// As in a request's body.
        public var json: JSONValue {
            var value: JSONValue = ["apiVersion": "v1", "kind": "DeleteOptions"]
            value["gracePeriodSeconds"] = gracePeriodSeconds.map { .integer($0) }
            value["propagationPolicy"] = propagationPolicy.map { .string($0) }
            if uid != nil || resourceVersion != nil {
                var preconditions: JSONValue = [:]
                preconditions["uid"] = uid.map { .string($0) }
                preconditions["resourceVersion"] = resourceVersion.map { .string($0) }
                value["preconditions"] = preconditions
            }
            return value
        }
    }
}

extension ClusterWrite {
    /// Whether the server may have made an object under a name of its own, though the answer was this.
    func mayHaveMade(_ error: ClientError) -> Bool {
        guard case .create = action, name.isEmpty, subresource == nil else { return false }
        return error.leavesOutcomeOpen
    }
}

extension ClientError {
    /// Whether nobody can tell from it if the server did what it was asked.
    var leavesOutcomeOpen: Bool {
        switch self {
        case .api(let refusal): refusal.code >= 500
        case .transport, .undecodable: true
        case .configuration, .credentials, .cancelled: false
        }
    }

    /// Whether the server has the object in another state than the request took it to have.
    var isConflict: Bool {
        if case .api(let refusal) = self { refusal.code == 409 } else { false }
    }
}
