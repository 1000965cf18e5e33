/// A chain: a list of rules, called from other rules, or by the network stack where it has a ``hook``.
public struct Chain: Sendable, Hashable {
    /// 1 to 255 bytes. `nft` cannot load what it listed where the name is a word of its language, such as `reject`.
    public var name: String
    /// Where the network stack calls it; nil for a chain that only rules jump to.
    public var hook: BaseHook?
    /// Shown by `nft list`, at most 127 bytes.
    public var comment: String?

    /// A chain.
    public init(_ name: String, hook: BaseHook? = nil, comment: String? = nil) {
        self.name = name
        self.hook = hook
        self.comment = comment
    }
}

/// Where and when the network stack runs a base chain.
public struct BaseHook: Sendable, Hashable {
    /// What the chain is for; decides which expressions it may hold.
    public enum ChainType: String, Sendable, Hashable, CaseIterable {
        /// Accepts and drops.
        case filter
        /// Sees the first packet of each connection, and may translate its addresses.
        case nat
        /// Routes a packet again if its mark or addresses changed (output only).
        case route
    }

    /// Point in the packet's path; the raw value is the kernel's `NF_INET_*` number.
    public enum Hook: UInt32, Sendable, Hashable, CaseIterable {
        /// After reception, before the routing decision.
        case prerouting = 0
        /// To a local socket.
        case input = 1
        /// Through this host.
        case forward = 2
        /// From a local socket.
        case output = 3
        /// Before transmission.
        case postrouting = 4
    }

    /// What happens to a packet that reaches the end of the chain.
    public enum Policy: UInt32, Sendable, Hashable {
        /// It is dropped (`NF_DROP`).
        case drop = 0
        /// It goes on (`NF_ACCEPT`).
        case accept = 1
    }

    /// What the chain is for.
    public var type: ChainType
    /// Point in the packet's path.
    public var hook: Hook
    /// Order among the chains of one hook: lower runs first.
    public var priority: Priority
    /// What happens to a packet that no rule decided about.
    public var policy: Policy

    /// A hook.
    public init(_ type: ChainType, _ hook: Hook, priority: Priority, policy: Policy = .accept) {
        self.type = type
        self.hook = hook
        self.priority = priority
        self.policy = policy
    }
}

extension BaseHook {
    /// Order of a base chain among those of its hook (`NF_IP_PRI_*`): lower runs first.
    public struct Priority: Sendable, Hashable, ExpressibleByIntegerLiteral {
        /// The number.
        public var rawValue: Int32

        /// The priority of that number.
        public init(_ rawValue: Int32) { self.rawValue = rawValue }

        /// The priority of that number.
        public init(integerLiteral value: Int32) { rawValue = value }

        /// Before connection tracking (-300).
        public static let raw: Priority = -300
        /// Where packets are marked (-150).
        public static let mangle: Priority = -150
        /// Destination translation (-100).
        public static let dstnat: Priority = -100
        /// Filtering (0).
        public static let filter: Priority = 0
        /// Source translation (100).
        public static let srcnat: Priority = 100

        /// That many later.
        public static func + (priority: Priority, offset: Int32) -> Priority { Priority(priority.rawValue + offset) }
        /// That many earlier.
        public static func - (priority: Priority, offset: Int32) -> Priority { Priority(priority.rawValue - offset) }
    }
}
