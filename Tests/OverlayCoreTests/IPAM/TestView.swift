@testable import OverlayCore

/// The entries of one peer, in place of a mesh.
struct TestView: IPAMView {
    private(set) var stored: [ReplicatedEntry.Key: ReplicatedEntry] = [:]
    private var order: [ReplicatedEntry.Key] = []
    var unreachable: Set<PeerID> = []
    var neighbours: Set<PeerID> = []

    /// Takes an entry, and returns whether it was newer.
    @discardableResult
    mutating func offer(_ entry: ReplicatedEntry) -> Bool {
        if let old = stored[entry.key] {
            guard entry != old, entry.supersedes(old) else { return false }
        } else {
            order.append(entry.key)
        }
        stored[entry.key] = entry
        return true
    }

    /// Puts an entry in place of a newer one.
    mutating func set(_ entry: ReplicatedEntry) { stored[entry.key] = entry }

    var all: [ReplicatedEntry] { order.compactMap { stored[$0] } }
    func entry(_ key: ReplicatedEntry.Key) -> ReplicatedEntry? { stored[key] }
    func entries(of kind: ReplicatedEntry.Kind) -> [ReplicatedEntry] { all.filter { $0.key.kind == kind } }
    func forEachEntry(of kind: ReplicatedEntry.Kind, _ body: (ReplicatedEntry) -> Void) {
        entries(of: kind).forEach(body)
    }
    func isNeighbour(_ id: PeerID) -> Bool { neighbours.contains(id) }
    var members: [PeerID: PeerRecord] {
        Dictionary(
            entries(of: .peer).filter { !$0.isTombstone }.compactMap(\.peerRecord).map { ($0.id, $0) }
        ) { first, _ in first }
    }
    var memberCount: Int { members.count }
    func member(_ id: PeerID) -> PeerRecord? {
        guard let entry = stored[PeerRecord.key(of: id)], !entry.isTombstone else { return nil }
        return entry.peerRecord
    }
}
