/// How the path to a peer does.
public enum PathState: Sendable, Hashable {
    /// Nothing was tried yet, or nothing can be.
    case unknown
    /// Probes are sent; packets already go the preferred way, in hope.
    case probing
    /// The preferred way works, with packets as large as its devices allow.
    case established(PeerRoute)
    /// It works, but for packets larger than `mtu` bytes.
    case degraded(PeerRoute.Transport, mtu: UInt32)
    /// The preferred way does not work, this one does.
    case fallback(PeerRoute.Transport)
    /// None works, but this peer passes packets on.
    case relayed(PeerID)
    /// Nothing is answered.
    case down
}

extension PathState {
    /// The words of `status`.
    public static let names = ["unknown", "probing", "established", "degraded", "fallback", "relayed", "down"]
}

extension PathState: CustomStringConvertible {
    /// One word of `status`.
    public var description: String {
        switch self {
        case .unknown: "unknown"
        case .probing: "probing"
        case .established: "established"
        case .degraded: "degraded"
        case .fallback: "fallback"
        case .relayed: "relayed"
        case .down: "down"
        }
    }
}

/// The path to a peer, for people.
public struct PathStatus: Sendable, Hashable {
    /// How it does.
    public var state: PathState
    /// By which way packets go.
    public var route: PeerRoute
    /// Why: half a sentence.
    public var reason: String
    /// Since when the state is what it is.
    public var since: Duration
    /// What each transport is like that may be used, the preferred one first.
    public var transports: [Transport]

    /// What is known of a transport.
    public struct Transport: Sendable, Hashable {
        /// Which one.
        public var transport: PeerRoute.Transport
        /// `up`, `down`, `unknown`.
        public var verdict: String
        /// Smoothed time of a probe and its answer; nil before the first.
        public var roundTrip: Duration?
        /// The share of the last small probes that got no answer, 0...1.
        public var loss: Double
        /// The largest pod packet, in bytes, that passes.
        public var mtu: UInt32
    }
}
