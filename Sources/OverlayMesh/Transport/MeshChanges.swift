public import OverlayCore

/// What has changed since it was asked last; the new values are in ``MeshTransport/node``.
public struct MeshChanges: Sendable {
    /// Keys of entries that are new or have another value, whoever wrote them.
    public var keys: Set<ReplicatedEntry.Key> = []
    /// The blocks whose addresses our pods may have are others now.
    public var blocks = false
    /// What happened besides, in order; at most ``noticeLimit``, of which the oldest go first.
    public var notices: [MeshNotice] = []

    /// How many notices are kept for whoever is slow to fetch them.
    public static let noticeLimit = 64

    /// No changes.
    public init() {}

    /// Whether nothing changed.
    public var isEmpty: Bool { keys.isEmpty && !blocks && notices.isEmpty }

    /// Whether entries of that kind are among ``keys``.
    public func contains(_ kind: ReplicatedEntry.Kind) -> Bool { keys.contains { $0.kind == kind } }

    mutating func add(_ notice: MeshNotice) {
        if notices.count >= Self.noticeLimit { notices.removeFirst() }
        notices.append(notice)
    }
}

/// Something that happened in the mesh.
public enum MeshNotice: Sendable, Hashable {
    /// What was asked for cannot be had: why, in words for the user.
    case failed(String)
    /// A peer refused us, or we refused it: which, and why, in words for the user.
    case refused(PeerAddress, reason: String)
    /// A peer was removed, and this one has its space.
    case removed(PeerID, heir: PeerID)
    /// We have handed on everything and may stop.
    case left
}

/// The identity cannot be used any more: ``MeshTransport/run()`` ends with this, and a transport with a new identity
/// takes its place (``PeerIdentity/renew(in:machine:)``).
public struct IdentityLost: Error, Sendable, Hashable, CustomStringConvertible {
    /// Why, in words for the operator.
    public var reason: String

    /// A loss, for that reason.
    public init(reason: String) { self.reason = reason }

    /// The reason.
    public var description: String { reason }
}
