import Addressing
import OverlayCore

/// A machine: what it has on disk, and the process of the overlay that runs on it.
final class SimulatedHost {
    /// What the rules may expect of it.
    enum Standing: Equatable {
        /// A member like all.
        case member
        /// Someone is about to remove it, or has; it may not know yet.
        case removed
        /// It handed on its space and stopped.
        case left
        /// It has the identity of another host until it learns so.
        case clone
    }

    /// Its name, for people.
    var name: String
    /// Where its mesh is reached.
    var address: PeerAddress
    /// What survives a process.
    var disk: SimulatedDisk
    /// The running process.
    var process: SimulatedProcess?
    /// How many processes it has had.
    var processCount = 0
    /// What may be expected of it.
    var standing = Standing.member
    /// Its user had it leave under the identity that it has; it may die before it can say that it has left.
    var isLeaving = false
    /// Whether the machine runs; one that does not answers nothing.
    var isPowered = true
    /// Whether the process stands still (SIGSTOP, a paused virtual machine); its kernel answers.
    var isPaused = false
    /// Whom it connects to when it starts.
    var targets: [PeerAddress] = []
    /// How fast it reads what arrives, in bytes per second; nil: at once.
    var readRate: Int?
    /// What it has sent.
    var traffic = Traffic()
    /// Outputs that are still done before the process dies between two of them; nil: it lives on.
    var outputsLeft: Int?
    /// Events that came while it stood still.
    var deferred: [SimulationEvent] = []

    /// A host that does not run yet.
    init(name: String, address: PeerAddress, disk: SimulatedDisk) {
        self.name = name
        self.address = address
        self.disk = disk
    }
}

/// A process of the overlay on a host.
final class SimulatedProcess {
    /// Which one of the host's.
    let number: Int
    /// What runs.
    var node: MeshNode
    /// Where its clock begins.
    let clockStart: Duration
    /// The connections that it believes to be open.
    var connections: [ConnectionID: LinkEnd] = [:]
    /// The number of its next connection.
    var nextConnection: UInt64 = 1
    /// When it will be woken.
    var wakeUp: Duration?

    /// A process that runs a node.
    init(number: Int, node: MeshNode, clockStart: Duration) {
        self.number = number
        self.node = node
        self.clockStart = clockStart
    }
}

/// One end of a connection.
struct LinkEnd: Hashable {
    /// The connection, by its number.
    var link: Int
    /// The end of it.
    var side: LinkSide
}

extension LinkEnd: Comparable {
    /// By the connection's number, the dialler's end first.
    static func < (left: LinkEnd, right: LinkEnd) -> Bool {
        (left.link, left.side.rawValue) < (right.link, right.side.rawValue)
    }
}

/// Which end of a connection.
typealias LinkSide = Link<MeshMessage>.Side
