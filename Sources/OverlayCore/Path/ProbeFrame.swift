/// One message of the path probes, which travel inside the tunnels.
///
/// Over VXLAN it is the payload of an Ethernet frame of type ``etherType``; over WireGuard that of a UDP datagram to
/// ``udpPort``. Layout: see ``encode(byteCount:)``.
public struct ProbeFrame: Sendable, Hashable {
    /// What it asks or says.
    public var kind: Kind
    /// Who says it: for a forwarded frame the peer that it began at.
    public var sender: PeerID
    /// Whom it is meant for; nobody else answers it.
    public var target: PeerID
    /// The third peer: whom a relay query asks about, or by whose relay the frame comes. All zero otherwise.
    public var subject: PeerID
    /// Unpredictable in a question; repeated in its answer, which nobody off the path can forge therefore.
    public var cookie: UInt64
    /// Which of the sender's questions over this transport it is; wraps around.
    public var sequence: UInt32
    /// When the question was sent, in microseconds of its sender's own clock; repeated in the answer.
    public var timestamp: UInt64
    /// By which way the sender's packets for the target go at present.
    public var way: Way
    /// The answer to a question about relaying is yes.
    public var isAgreed: Bool
    /// What the sender received of the target over VXLAN.
    public var overVXLAN: Reception
    /// What the sender received of the target over WireGuard.
    public var overWireGuard: Reception
    /// Answers about relaying: the largest pod packet, in bytes, that the relay gets through on its side.
    public var mtu: UInt32
    /// Answers about relaying: the round trip on the relay's side, in microseconds.
    public var roundTripMicroseconds: UInt32

    /// A frame from its parts.
    public init(
        kind: Kind,
        sender: PeerID,
        target: PeerID,
        subject: PeerID = PeerID(high: 0, low: 0),
        cookie: UInt64 = 0,
        sequence: UInt32 = 0,
        timestamp: UInt64 = 0,
        way: Way = .none,
        isAgreed: Bool = false,
        overVXLAN: Reception = Reception(),
        overWireGuard: Reception = Reception(),
        mtu: UInt32 = 0,
        roundTripMicroseconds: UInt32 = 0
    ) {
        self.kind = kind
        self.sender = sender
        self.target = target
        self.subject = subject
        self.cookie = cookie
        self.sequence = sequence
        self.timestamp = timestamp
        self.way = way
        self.isAgreed = isAgreed
        self.overVXLAN = overVXLAN
        self.overWireGuard = overWireGuard
        self.mtu = mtu
        self.roundTripMicroseconds = roundTripMicroseconds
    }

    /// The Ethernet type of probes over VXLAN: IEEE 802's first one for local experiments.
    public static let etherType: UInt16 = 0x88b5
    /// The UDP port of probes over WireGuard, on the peers' ``PeerID/wireGuardAddress``. Not 6783 or 6784: the kernel's
    /// VXLAN and WireGuard sockets have those on every address.
    public static let udpPort: UInt16 = 6785

    /// What a frame asks or says.
    public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        /// Does this arrive?
        case probe = 1
        /// It did.
        case answer = 2
        /// Do you reach the subject directly?
        case relayQuery = 3
        /// Yes or no.
        case relayAnswer = 4
        /// Let the subject be our relay. Sent to the relay, which forwards it.
        case relayUse = 5
        /// Agreed or not. Sent to the relay, which forwards it.
        case relayUsed = 6
    }

    /// A way of a sender's packets, as frames tell it.
    public enum Way: UInt8, Sendable, Hashable, CaseIterable {
        case none = 0
        case vxlan = 1
        case wireGuard = 2
        case relay = 3
        case direct = 4
    }

    /// What was received of a peer's questions over a transport.
    public struct Reception: Sendable, Hashable {
        /// The last one's sequence number.
        public var lastSequence: UInt32
        /// How many so far; wraps around. 0 is none yet.
        public var count: UInt32

        /// What was received.
        public init(lastSequence: UInt32 = 0, count: UInt32 = 0) {
            self.lastSequence = lastSequence
            self.count = count
        }
    }

    /// What was received over a transport.
    public func reception(over transport: PeerRoute.Transport) -> Reception {
        switch transport {
        case .vxlan: overVXLAN
        case .wireGuard: overWireGuard
        }
    }
}
