import OverlayCore

/// Something that happens at a moment.
enum SimulationEvent {
    /// A process wanted to be woken.
    case wakeUp(host: Int, process: Int)
    /// A dial reaches the place that it is for.
    case dial(from: Int, process: Int, to: PeerAddress)
    /// The dialler learns that it is connected.
    case connected(link: Int)
    /// The dialler learns that it is not.
    case dialFailed(host: Int, process: Int, PeerAddress, reason: String)
    /// The next message on a connection arrives at this end.
    case arrival(LinkEnd)
    /// A process that has done everything stops.
    case stop(host: Int, process: Int)
    /// An end of a connection may have become writable, or not.
    case writability(LinkEnd)
}
