internal import Addressing

/// What a network has of one family, over all its ranges of that family: how much it wants, and how it gets it.
struct Pool: Sendable {
    /// Which one.
    struct Key: Sendable, Hashable, Comparable {
        /// The network; empty for the pods'.
        var range: String
        /// The family.
        var family: IPFamily

        static func < (left: Key, right: Key) -> Bool {
            left.range != right.range ? left.range < right.range : left.family == .ipv4 && right.family == .ipv6
        }
    }

    /// How many blocks are to be in use.
    var target: Int
    /// What we have asked others for; nil if nothing is missing.
    var request: Request?

    /// Why nobody can be asked for space.
    enum Obstacle: Sendable {
        /// Nobody owns any: there is no ring, as far as we heard.
        case noOwners
        /// Nobody reaches those that own some.
        case unreachable
        /// Those that are reachable use all that they own.
        case noneFree
    }

    /// A request, or the wait for somebody who might be asked.
    struct Request: Sendable {
        /// Who was asked; nil where nobody has anything.
        var donor: PeerID?
        /// When another is to be asked.
        var deadline: Duration
        /// How often somebody was asked with an entry.
        var attempts = 0
        /// How often a neighbour was asked, or waited for.
        var neighbourAttempts = 0
        /// When the first was asked.
        var since: Duration
        /// Why nobody could be asked last time; nil if somebody was.
        var obstacle: Obstacle?
        /// The user was told that it takes long.
        var wasReported = false
    }
}
