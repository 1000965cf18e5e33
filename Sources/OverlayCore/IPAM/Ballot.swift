/// One attempt at a decision: higher rounds come later; of one round, the higher proposer.
struct Ballot: Sendable, Hashable, Comparable {
    /// From 1; below ``roundLimit``.
    var round: UInt64
    /// Who makes the attempt, and nobody else the same.
    var proposer: PeerID

    /// Rounds are below this, so that nobody can use up all of them.
    static let roundLimit: UInt64 = 1 << 40

    static func < (left: Ballot, right: Ballot) -> Bool {
        (left.round, left.proposer) < (right.round, right.proposer)
    }
}

/// What is to be decided.
enum DecisionSubject: Sendable, Hashable {
    /// Which peers divide the pods' ring at first.
    case founders
    /// Who gets the space of this peer.
    case heir(of: PeerID)

    /// 17 bytes: 1 and zeros, or 2 and the peer's identity.
    var bytes: [UInt8] {
        switch self {
        case .founders: [1] + [UInt8](repeating: 0, count: 16)
        case .heir(let peer): [2] + peer.bytes
        }
    }

    /// A subject from its 17 bytes.
    init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 17, let kind = bytes.first, let peer = PeerID(bytes: bytes.dropFirst()) else { return nil }
        switch kind {
        case 1: self = .founders
        case 2: self = .heir(of: peer)
        default: return nil
        }
    }

    /// The key of what was decided: 2, then the subject.
    var resultKey: ReplicatedEntry.Key { ReplicatedEntry.Key(kind: .vote, name: [2] + bytes) }

    /// The subject whose result has this key.
    init?(resultKey key: ReplicatedEntry.Key) {
        guard key.kind == .vote, key.name.count == 18, key.name[0] == 2 else { return nil }
        self.init(bytes: key.name[1...])
    }
}

/// What was decided, as it is replicated. Everybody who writes it writes the same.
///
/// Value: format, one byte, 1; the peers, 16 bytes each, ascending.
enum DecisionResult {
    /// The most peers that a decision may name.
    static let maximumPeerCount = 1000

    static func entry(_ subject: DecisionSubject, _ peers: [PeerID], version: UInt64) -> ReplicatedEntry {
        ReplicatedEntry(key: subject.resultKey, version: version, value: [1] + peers.flatMap(\.bytes))
    }

    /// The peers that an entry names; nil where it is no result.
    static func peers(_ entry: ReplicatedEntry?) -> [PeerID]? {
        guard let entry, DecisionSubject(resultKey: entry.key) != nil, entry.value.first == 1 else { return nil }
        return peers(entry.value[1...])
    }

    /// Peers, 16 bytes each; nil where there are none, too many, or another number of bytes.
    static func peers(_ bytes: ArraySlice<UInt8>) -> [PeerID]? {
        guard !bytes.isEmpty, bytes.count % 16 == 0, bytes.count / 16 <= maximumPeerCount else { return nil }
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: 16).compactMap {
            PeerID(bytes: bytes[$0..<$0 + 16])
        }
    }
}
