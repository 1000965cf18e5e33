import Addressing
import OverlayCore
import ServiceLifecycle

/// Where members and prefixes come from.
protocol MembershipProvider: ServiceLifecycle.Service {
    /// Says what we are, to all members.
    func setOwn(_ record: PeerRecord) async

    /// Asks for another prefix of a network, and waits until it is there.
    ///
    /// - Returns: All prefixes of the network that are ours now, or why there are no more, as part of a sentence.
    func moreSpace(network: String, family: IPFamily) async -> SpaceGrant

    /// Somebody on this host joins a bridged network: addresses of it will be wanted.
    func join(network: String) async

    /// The last one on this host has left a bridged network.
    func leave(network: String) async

    /// Fills in what it knows: members' names, connections, address space.
    func describe(into status: inout OverlayStatus) async

    /// Does what only some providers can; nil where this one does not know the verb.
    func perform(_ command: MembershipCommand) async throws(CommandRefusal) -> String?
}

/// What became of a wish for another prefix.
enum SpaceGrant: Sendable, Equatable {
    case granted([IPPrefix])
    case refused(String)
}

/// What users ask of the membership.
enum MembershipCommand: Sendable, Equatable {
    /// Connect to these, from now on; with `replacing`, to no others.
    case connect([String], replacing: Bool)
    /// No longer connect to these.
    case forget([String])
    /// Hand on the space of a peer that will not come back, by name or identity.
    case removePeer(String)
    /// Hand on our own space, and leave for good.
    case leave
}

/// Why a command was not carried out, for the user.
struct CommandRefusal: Error, Equatable, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
