import Addressing
import OverlayCore

/// What a membership provider knows.
struct MembershipView: Sendable, Equatable {
    /// The other members.
    var members: [PeerID: PeerRecord] = [:]
    /// The prefixes that are ours to give to pods.
    var ownPrefixes: [IPPrefix] = []
    /// The members that are heard of at present; nil where the provider cannot tell.
    var present: Set<PeerID>?
    /// The list was complete once: who is not in it is gone.
    var isComplete = false
}
