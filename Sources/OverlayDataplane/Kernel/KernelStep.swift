import Netlink

/// One thing to be asked of the kernel, for the sake of one object.
struct KernelStep: Sendable, Hashable {
    /// The object.
    var key: KernelKey
    /// What is asked.
    var action: Action
    /// Whether the object is to be gone afterwards.
    var isRemoval: Bool
    /// Whether more steps must follow before the object is as it should be.
    var isPartial: Bool
    /// What the object is like when it is done.
    var result: KernelObject?
    /// The ifindex of the link that it is about, when it was planned.
    var linkIndex: UInt32?

    /// What is asked.
    enum Action: Sendable, Hashable {
        /// Of netlink.
        case request(RouteRequest)
        /// To write a setting.
        case write(path: String, String)
        /// Nothing: something is in the way.
        case refuse(String)
    }

    init(
        _ key: KernelKey,
        _ action: Action,
        isRemoval: Bool = false,
        isPartial: Bool = false,
        result: KernelObject? = nil
    ) {
        self.key = key
        self.action = action
        self.isRemoval = isRemoval
        self.isPartial = isPartial
        self.result = result
    }

    /// Whether others must wait for it: links and their settings.
    var isStructural: Bool {
        switch key {
        case .link: !isRemoval
        case .sysctl: true
        default: false
        }
    }

    /// Smaller ones first: what is made in the order of its phases, then what is removed in the reverse order. A link's
    /// settings come before it is set up.
    var order: Int {
        if isRemoval { return 100 - key.phase }
        if case .sysctl = key { return -1 }
        return key.phase
    }
}
