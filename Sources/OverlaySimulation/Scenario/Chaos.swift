import Addressing
import OverlayCore

/// A random history of everything that can go wrong, and the rules that must hold all the same.
///
/// The history follows from the seed alone.
public struct Chaos: Sendable {
    /// What is let happen.
    public struct Faults: OptionSet, Sendable, Hashable {
        /// One bit for each.
        public var rawValue: UInt32

        /// Faults from their bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Processes die, also between two of the things that they want done, and start again.
        public static let kills = Faults(rawValue: 1 << 0)
        /// Machines lose power, and with it what was not durable.
        public static let powerLoss = Faults(rawValue: 1 << 1)
        /// Processes stand still for a while.
        public static let pauses = Faults(rawValue: 1 << 2)
        /// The network falls apart into groups, or between two hosts.
        public static let partitions = Faults(rawValue: 1 << 3)
        /// Segments are lost, delays are long, connections are reset.
        public static let badNetwork = Faults(rawValue: 1 << 4)
        /// Hosts read slowly.
        public static let slowReaders = Faults(rawValue: 1 << 5)
        /// Peers join.
        public static let joins = Faults(rawValue: 1 << 6)
        /// Peers hand on their space and stop.
        public static let leaves = Faults(rawValue: 1 << 7)
        /// Disks are lost, and who was on them is removed by a user.
        public static let diskLoss = Faults(rawValue: 1 << 8)
        /// Peers that are switched off are removed, and some of them come back.
        public static let removals = Faults(rawValue: 1 << 9)
        /// Disks are copied to other hosts.
        public static let clones = Faults(rawValue: 1 << 10)
        /// Records change, and blocks are asked for.
        public static let changes = Faults(rawValue: 1 << 11)
        /// A peer tells lies about others, and nonsense.
        public static let lies = Faults(rawValue: 1 << 12)

        /// Everything.
        public static let all = Faults(rawValue: 1 << 13 - 1)
    }

    /// Peers at the start.
    public var peerCount: Int
    /// How long things go wrong.
    public var duration: Duration
    /// What is let happen.
    public var faults: Faults
    /// Of everything that is random.
    public var seed: UInt64

    /// A history from its parts.
    public init(peerCount: Int, duration: Duration = .seconds(60), faults: Faults = .all, seed: UInt64) {
        self.peerCount = peerCount
        self.duration = duration
        self.faults = faults
        self.seed = seed
    }
}
