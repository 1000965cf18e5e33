public import ServiceRouting
import Synchronization

/// The cluster's zone, shared by those who change it and those who ask.
public final class ClusterNames: NameAuthority {
    private struct State {
        var zone: ClusterZone
        var generator: RotationGenerator
    }

    private let state: Mutex<State>

    /// Shares a zone.
    ///
    /// - Parameter seed: What the order of records begins with; tests give their own.
    public init(_ zone: ClusterZone, seed: UInt64 = .random(in: .min ... .max)) {
        state = Mutex(State(zone: zone, generator: RotationGenerator(seed: seed)))
    }

    /// Number of Services that have names.
    public var serviceCount: Int { state.withLock { $0.zone.serviceCount } }

    /// Takes in changes, one after the other; questions are answered in between.
    public func apply(_ changes: [ObjectChange]) {
        for change in changes {
            _ = state.withLock { $0.zone.apply(change) }
        }
    }

    /// What is known of a question of class IN.
    public func answer(_ question: DNSMessage.Question) -> ZoneAnswer {
        state.withLock { $0.zone.answer(question, using: &$0.generator) }
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): cheap, and only the order of records depends on it.
struct RotationGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
