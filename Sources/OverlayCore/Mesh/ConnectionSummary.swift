/// One line of what people see of the mesh's connections, in Weave's words.
public struct ConnectionSummary: Sendable, Hashable {
    /// The other end; of an inbound connection not a port to dial.
    public var remote: PeerAddress
    /// We dialled it.
    public var isOutbound: Bool
    /// What has become of it.
    public var state: State
    /// Who is there, once known.
    public var peer: PeerID?
    /// Its name, once known.
    public var name: String?
    /// Why it is not established, or how it is.
    public var detail: String

    /// A line from its parts.
    public init(
        remote: PeerAddress,
        isOutbound: Bool,
        state: State,
        peer: PeerID? = nil,
        name: String? = nil,
        detail: String = ""
    ) {
        self.remote = remote
        self.isOutbound = isOutbound
        self.state = state
        self.peer = peer
        self.name = name
        self.detail = detail
    }

    /// What has become of a connection.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// Dialled for the first time.
        case connecting
        /// Dialled again after a failure.
        case retrying
        /// Waits before it is dialled again.
        case failed
        /// Up; the other side has not introduced itself.
        case pending
        /// Both sides know each other.
        case established
    }
}
