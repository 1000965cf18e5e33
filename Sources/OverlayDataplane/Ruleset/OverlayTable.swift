import Addressing
import NFTables

/// What the nftables table `inet trama-overlay` is to hold.
struct OverlayTable: Sendable, Equatable {
    /// The table.
    static let id = TableID(family: .inet, name: "trama-overlay")

    /// Its chains, those that others lead to first.
    var chains: [Chain] = []
    /// The rules of each chain.
    var rules: [String: [Rule]] = [:]
    /// Its sets.
    var sets: [NamedSet] = []
    /// The elements of each set.
    var elements: [String: Set<Element>] = [:]
    /// What the rules are made of.
    let shape: OverlayRuleShape

    /// Whether two tables differ in nothing but elements.
    func hasStructure(of other: OverlayTable) -> Bool {
        chains == other.chains && rules == other.rules && sets == other.sets
    }

    /// Whether what was read is this table but for its elements; counts do not matter.
    func hasStructure(of snapshot: Snapshot) -> Bool {
        snapshot.table.flags.isEmpty
            && snapshot.chains == Dictionary(uniqueKeysWithValues: chains.map { ($0.name, $0) })
            && snapshot.sets == Dictionary(uniqueKeysWithValues: sets.map { ($0.name, $0) })
            && snapshot.rules.mapValues { $0.map(\.rule.withoutCounts) } == rules
    }

    /// Makes the table, in the place of whatever bears its name.
    func creation() -> Transaction {
        var transaction = Self.deletion()
        transaction.addTable(Table(id: Self.id, comment: "written by trama; changes are undone"))
        for set in sets { transaction.addSet(set, in: Self.id) }
        for chain in chains { transaction.addChain(chain, in: Self.id) }
        for chain in chains {
            for rule in rules[chain.name] ?? [] { transaction.addRule(rule, chain: chain.name, in: Self.id) }
        }
        for set in sets {
            transaction.addElements(Self.ascending(elements[set.name] ?? []), set: set.name, in: Self.id)
        }
        return transaction
    }

    /// Elements from the lowest to the highest, where an interval ends before the next one begins: in other orders the
    /// kernel (6.18) takes the bounds of intervals for overlaps and refuses some of them with EEXIST.
    private static func ascending(_ elements: Set<Element>) -> [Element] {
        elements.sorted { left, right in
            let (first, second) = (left.key.bytes, right.key.bytes)
            return first == second
                ? left.isIntervalEnd && !right.isIntervalEnd : first.lexicographicallyPrecedes(second)
        }
    }

    /// Removes the table where it is there.
    static func deletion() -> Transaction {
        var transaction = Transaction()
        // Deleting what is not there is an error; adding what is there is none.
        transaction.addTable(Table(id: id))
        transaction.deleteTable(id)
        return transaction
    }

    /// Makes the elements of a table of the same structure those of this one.
    func change(from present: [String: Set<Element>]) -> Transaction {
        var transaction = Transaction()
        for set in sets {
            let (wanted, found) = (elements[set.name] ?? [], present[set.name] ?? [])
            guard wanted != found else { continue }
            if set.flags.contains(.interval) {
                // Ranges must not overlap at any time, and these are few.
                transaction.flushSet(set.name, in: Self.id)
                transaction.addElements(Self.ascending(wanted), set: set.name, in: Self.id)
            } else {
                transaction.deleteElements(Array(found.subtracting(wanted)), set: set.name, in: Self.id)
                transaction.addElements(Array(wanted.subtracting(found)), set: set.name, in: Self.id)
            }
        }
        return transaction
    }
}

/// The sets of the table.
enum OverlaySet {
    /// Underlay addresses that VXLAN may come from.
    static func tunnelSources(_ family: IPFamily) -> String { "tunnel-sources-\(suffix(family))" }
    /// The cluster's pod addresses.
    static func cluster(_ family: IPFamily) -> String { "cluster-\(suffix(family))" }
    /// The pod addresses of this host.
    static func own(_ family: IPFamily) -> String { "own-\(suffix(family))" }
    /// Which pod has which address, by link.
    static func podSources(_ family: IPFamily) -> String { "pod-sources-\(suffix(family))" }
    /// UDP ports of VXLAN.
    static let tunnelPorts = "tunnel-ports"
    /// The bridges of bridged networks.
    static let bridges = "bridges"
    /// Each bridge with itself: frames that a bridge passes on are shown to the rules where `br_netfilter` is there.
    static let bridgePairs = "bridge-pairs"
    /// The links by which pod packets go in no danger: to pods, into the encrypted tunnel, to the host itself.
    static let safeLinks = "safe-links"

    private static func suffix(_ family: IPFamily) -> String { family == .ipv4 ? "4" : "6" }
}

/// What the rules that drop say of themselves, and what their counts are added up by.
enum OverlayDropReason: String, CaseIterable {
    case unknownTunnelSource = "VXLAN of a stranger"
    case spoofedSource = "a pod with another's address"
    case injection = "a pod into a tunnel"
    case isolation = "into or out of a bridged network"
    case plaintext = "plain text where encryption is required"

    /// The count of this reason.
    var path: WritableKeyPath<OverlayDrops, UInt64> {
        switch self {
        case .unknownTunnelSource: \.unknownTunnelSource
        case .spoofedSource: \.spoofedSource
        case .injection: \.injection
        case .isolation: \.isolation
        case .plaintext: \.plaintext
        }
    }
}

extension OverlayDrops {
    /// The counts of the rules that were read.
    init(_ snapshot: Snapshot) {
        self.init()
        for rule in snapshot.rules.values.joined() {
            guard let reason = rule.rule.comment.flatMap(OverlayDropReason.init(rawValue:)) else { continue }
            for case .counter(let counter) in rule.rule.expressions { self[keyPath: reason.path] &+= counter.packets }
        }
    }

    /// Both together.
    static func + (left: OverlayDrops, right: OverlayDrops) -> OverlayDrops {
        var sum = left
        for reason in OverlayDropReason.allCases { sum[keyPath: reason.path] &+= right[keyPath: reason.path] }
        return sum
    }
}
