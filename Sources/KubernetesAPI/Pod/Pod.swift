public import JSON

/// A pod, as far as controllers need it once it runs. There are many: only what is used of one is kept.
public struct Pod: Sendable, Hashable {
    /// What the pod says of itself.
    public var metadata: ObjectMeta
    /// Who made it.
    public var owners: [OwnerReference]
    /// What must be done before it goes.
    public var finalizers: [String]
    /// The node it is bound to; empty for none.
    public var nodeName: String
    /// `spec.hostname`.
    public var hostName: String
    /// `spec.subdomain`.
    public var subdomain: String
    /// Whether it uses the node's network.
    public var usesHostNetwork: Bool
    /// Named ports of its containers, in their order: the first of a name and protocol counts.
    public var ports: [ContainerPort]
    /// `status.phase`; empty where it has none.
    public var phase: String
    /// Its addresses, one of a family.
    public var addresses: [String]
    /// Conditions by type.
    public var conditions: [String: Condition]
    /// `spec`, while the pod waits for a node, or all of its life where the reader asked for it; nil otherwise.
    public var specification: JSONValue?
    /// What it asks for, in thousandths of a CPU; with init containers and overhead.
    public var requestedCPU: Int64
    /// What it asks for, in bytes.
    public var requestedMemory: Int64
    /// What it asks for besides, in whole units by name, such as `nvidia.com/gpu`.
    public var requestedOther: [String: Int64] = [:]
    /// The ports that it takes on its node.
    public var hostPorts: [HostPort] = []
    /// How many times its containers were started again.
    public var restarts = 0
    /// How much it costs to delete it (`controller.kubernetes.io/pod-deletion-cost`); the cheapest go first.
    public var deletionCost = 0
    /// Which pods it does not want beside it (`requiredDuringSchedulingIgnoredDuringExecution` of its anti-affinity).
    public var requiredAntiAffinity: [JSONValue] = []

    /// The taints that do not end it, or not at once: those of its tolerations that concern `NoExecute`.
    public var tolerations: [Toleration] = []

    /// A port of a container.
    public struct ContainerPort: Sendable, Hashable {
        /// Its name; empty for none.
        public var name: String
        /// `TCP`, `UDP` or `SCTP`.
        public var `protocol`: String
        /// The number.
        public var port: Int

        /// A port from its parts.
        public init(name: String, protocol: String, port: Int) {
            self.name = name
            self.protocol = `protocol`
            self.port = port
        }
    }

    /// A port that a container takes on its node.
    public struct HostPort: Sendable, Hashable {
        /// The address; empty for all of them.
        public var address: String
        /// `TCP`, `UDP` or `SCTP`.
        public var `protocol`: String
        /// The number.
        public var port: Int

        /// A port from its parts.
        public init(address: String = "", protocol: String = "TCP", port: Int) {
            self.address = address == "0.0.0.0" ? "" : address
            self.protocol = `protocol`
            self.port = port
        }

        /// Whether both cannot be on one node.
        public func conflicts(with other: HostPort) -> Bool {
            port == other.port && `protocol` == other.protocol
                && (address == other.address || address.isEmpty || other.address.isEmpty)
        }
    }

    /// A condition.
    public struct Condition: Sendable, Hashable {
        /// `True`, `False` or `Unknown`.
        public var status: String
        /// Why, in one word.
        public var reason: String
        /// When the status last changed.
        public var lastTransition: Timestamp?
        /// Why, for people; kept only of `PodScheduled`.
        public var message: String

        /// A condition from its parts.
        public init(status: String, reason: String = "", lastTransition: Timestamp? = nil, message: String = "") {
            self.status = status
            self.reason = reason
            self.lastTransition = lastTransition
            self.message = message
        }
    }

    /// A pod from its parts.
    public init(
        metadata: ObjectMeta = ObjectMeta(),
        owners: [OwnerReference] = [],
        finalizers: [String] = [],
        nodeName: String = "",
        hostName: String = "",
        subdomain: String = "",
        usesHostNetwork: Bool = false,
        ports: [ContainerPort] = [],
        phase: String = "",
        addresses: [String] = [],
        conditions: [String: Condition] = [:],
        specification: JSONValue? = nil,
        requestedCPU: Int64 = 0,
        requestedMemory: Int64 = 0
    ) {
        self.metadata = metadata
        self.owners = owners
        self.finalizers = finalizers
        self.nodeName = nodeName
        self.hostName = hostName
        self.subdomain = subdomain
        self.usesHostNetwork = usesHostNetwork
        self.ports = ports
        self.phase = phase
        self.addresses = addresses
        self.conditions = conditions
        self.specification = specification
        self.requestedCPU = requestedCPU
        self.requestedMemory = requestedMemory
    }

    /// Whether it runs and passes its readiness probes.
    public var isReady: Bool { conditions["Ready"]?.status == "True" }

    /// Whether it ended and will not run again.
    public var isFinished: Bool { phase == "Succeeded" || phase == "Failed" }

    /// Whether it is being ended.
    public var isTerminating: Bool { metadata.deletionTimestamp != nil }

    /// Who made the pod and answers for it; nil where nobody does.
    public var controller: OwnerReference? { owners.first { $0.isController } }
}
