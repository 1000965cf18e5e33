import Netlink

/// Which links are down, so that of the many notifications about links only the few that matter are acted on.
struct LinkStates: Sendable {
    private var down: Set<UInt32> = []

    /// Takes note of a change; true where a link went up or down, or went while it was up.
    ///
    /// A link that goes down takes its IPv4 routes along without a word. One that was never heard of counts as up.
    mutating func note(_ change: RouteChange) -> Bool {
        switch change {
        case .link(let link) where link.flags.contains(.up): down.remove(link.index) != nil
        case .link(let link): down.insert(link.index).inserted
        case .linkRemoved(let link): down.remove(link.index) == nil
        default: false
        }
    }
}
