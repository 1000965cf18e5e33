public import Addressing

/// Which blocks of pods' addresses have long had none in use, and so may be given back to the others.
public struct IdleBlocks: Sendable {
    /// How long a block must have been without an address in use. Longer than a rollout or a restart of all pods takes,
    /// so that blocks do not go to and fro, and than the minute for which a released address must rest, so that nobody
    /// gets it from the next owner too early.
    public static let patience: Duration = .seconds(300)

    private let patience: Duration
    /// Since when each idle block has been so.
    private var since: [IPPrefix: Duration] = [:]

    /// Knows of no block yet.
    public init(patience: Duration = Self.patience) { self.patience = patience }

    /// Takes note of what is in use at a moment, a `Duration` since an arbitrary start.
    ///
    /// - Parameters:
    ///   - blocks: The blocks of which pods may have addresses here.
    ///   - addresses: The addresses that are in use, of pods or of the host itself.
    /// - Returns: The blocks to give back, ascending. One of each family is always kept, the lowest one in use or else
    ///   the lowest: the next pod needs an address at once.
    public mutating func due(
        of blocks: [IPPrefix],
        inUse addresses: some Sequence<IPAddress>,
        now: Duration
    ) -> [IPPrefix] {
        var idle = Set(blocks)
        let lengths = Dictionary(grouping: Set(blocks.map { IPPrefixLength($0) }), by: \.family)
        for address in addresses {
            for length in lengths[address.family] ?? [] {
                if let block = IPPrefix(address, length: length.bits) { idle.remove(block) }
            }
        }
        since = since.filter { idle.contains($0.key) }
        for block in idle where since[block] == nil { since[block] = now }
        var due: [IPPrefix] = []
        for family in IPFamily.allCases {
            let own = blocks.filter { $0.family == family }.sorted()
            let kept = own.first { !idle.contains($0) } ?? own.first
            due += own.filter { block in
                guard block != kept, let start = since[block] else { return false }
                return now - start >= patience
            }
        }
        return due
    }
}

/// The size of a block: all of a family have one, unless that was changed between two runs.
private struct IPPrefixLength: Hashable {
    var family: IPFamily
    var bits: Int

    init(_ prefix: IPPrefix) { (family, bits) = (prefix.family, prefix.length) }
}
