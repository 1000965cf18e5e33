/// All that one peer has promised and accepted in decisions (Lamport, "Paxos Made Simple", 2001): one entry, which the
/// peer alone writes, and which is durable before anybody sees it.
///
/// A proposer asks by promising its own ballot, and proposes by accepting its own value; whoever sees a higher promise
/// or an acceptance that its own promise allows, follows. So nobody sends anything to anybody in particular.
struct Vote: Sendable, Hashable {
    /// The state of one decision.
    struct State: Sendable, Hashable {
        /// No ballot below this is accepted any more.
        var promised: Ballot
        /// The highest ballot that was accepted, and its value.
        var accepted: Accepted?
        /// How many peers may vote, as far as this one knows.
        var electorate: UInt64
    }

    /// A ballot that was accepted.
    struct Accepted: Sendable, Hashable {
        /// The ballot.
        var ballot: Ballot
        /// Its value: one to 1000 peers.
        var peers: [PeerID]
    }

    /// Who votes.
    var acceptor: PeerID
    /// On what.
    var states: [DecisionSubject: State] = [:]

    /// The most decisions that one peer votes on at a time.
    static let maximumStateCount = 64

    /// The key of a peer's votes: 1, then the peer.
    static func key(of acceptor: PeerID) -> ReplicatedEntry.Key {
        ReplicatedEntry.Key(kind: .vote, name: [1] + acceptor.bytes)
    }

    /// The votes as they are replicated. Value: format, one byte, 1; then one field 1 per decision, that holds: the subject,
    /// 17 bytes; the electorate; the promised round; its proposer, 16 bytes; and where something was accepted: the
    /// round; its proposer; the peers, 16 bytes each, to the end.
    func entry(version: UInt64) -> ReplicatedEntry {
        var value: [UInt8] = [1]
        for (subject, state) in states.sorted(by: { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }) {
            var field = subject.bytes
            Field.append(varint: state.electorate, to: &field)
            Field.append(varint: state.promised.round, to: &field)
            field += state.promised.proposer.bytes
            if let accepted = state.accepted {
                Field.append(varint: accepted.ballot.round, to: &field)
                field += accepted.ballot.proposer.bytes
                for peer in accepted.peers { field += peer.bytes }
            }
            Field.append(1, field, to: &value)
        }
        return ReplicatedEntry(key: Self.key(of: acceptor), version: version, value: value)
    }
}

extension Vote {
    /// The votes that an entry is; throws where it is another thing. Subjects that we do not know are left out.
    init(decoding entry: ReplicatedEntry) throws(MeshCodecError) {
        let name = entry.key.name
        guard
            entry.key.kind == .vote, name.count == 17, name[0] == 1, let acceptor = PeerID(bytes: name[1...])
        else { throw .invalid("the key of a vote") }
        self.init(acceptor: acceptor)
        var reader = FieldReader(entry.value[...])
        guard try reader.byte() == 1 else { throw .invalid("the format of a vote") }
        while let (tag, field) = try reader.next() {
            guard tag == 1 else { continue }
            guard states.count < Self.maximumStateCount else { throw .tooLarge("the list of votes") }
            var reader = FieldReader(field)
            let subject = DecisionSubject(bytes: try reader.take(17))
            let electorate = try reader.varint()
            guard electorate < 1 << 32 else { throw .invalid("the electorate of a vote") }
            let promised = try Self.ballot(&reader)
            var accepted: Accepted?
            if !reader.isAtEnd {
                let ballot = try Self.ballot(&reader)
                guard ballot <= promised, let peers = DecisionResult.peers(reader.rest()) else {
                    throw .invalid("what a vote accepts")
                }
                accepted = Accepted(ballot: ballot, peers: peers)
            }
            guard let subject else { continue }
            states[subject] = State(promised: promised, accepted: accepted, electorate: electorate)
        }
    }

    private static func ballot(_ reader: inout FieldReader) throws(MeshCodecError) -> Ballot {
        let round = try reader.varint()
        guard round < Ballot.roundLimit, let proposer = PeerID(bytes: try reader.take(16)) else {
            throw .invalid("the ballot of a vote")
        }
        return Ballot(round: round, proposer: proposer)
    }
}
