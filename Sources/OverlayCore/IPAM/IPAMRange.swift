public import Addressing

/// A range of addresses that the peers share out among themselves, and the size of the pieces.
public struct IPAMRange: Sendable, Hashable {
    /// The network that it belongs to: empty for the pods', else the name of a bridged network.
    public let id: String
    /// All addresses of the range.
    public let prefix: IPPrefix
    /// The length of the prefix of a block: what one peer gives its pods addresses of, as a whole.
    public let blockLength: Int

    /// The most bits between a range and its blocks: there are at most 2^32 blocks.
    public static let maximumBlockBits = 32

    /// A range from its parts; nil where blocks of that length do not fit, or would be more than 2^32.
    public init?(id: String = "", prefix: IPPrefix, blockLength: Int) {
        guard
            blockLength >= prefix.length, blockLength <= prefix.family.bitCount,
            blockLength - prefix.length <= Self.maximumBlockBits
        else { return nil }
        self.id = id
        self.prefix = prefix
        self.blockLength = blockLength
        numbers = prefix.address.number...prefix.lastAddress.number
        hostBits = UInt128(prefix.family.bitCount - blockLength)
    }

    /// All addresses as numbers.
    private let numbers: ClosedRange<UInt128>
    /// The bits of an address behind the block's prefix.
    private let hostBits: UInt128

    /// The family of its addresses.
    public var family: IPFamily { prefix.family }

    /// The number of blocks.
    public var blockCount: UInt64 { 1 << UInt64(blockLength - prefix.length) }
}

/// The number of a block in its range, from 0.
typealias BlockIndex = UInt64

extension IPAMRange {
    /// The block that begins at this address; nil where none does.
    func block(beginningAt address: IPAddress) -> BlockIndex? {
        let number = address.number
        guard numbers.contains(number), address.family == family else { return nil }
        let offset = number - numbers.lowerBound
        guard (offset >> hostBits) << hostBits == offset else { return nil }
        return BlockIndex(offset >> hostBits)
    }

    /// The block that ends with this address; nil where none does.
    func block(endingAt address: IPAddress) -> BlockIndex? {
        let number = address.number
        guard numbers.contains(number), address.family == family else { return nil }
        let offset = number - numbers.lowerBound
        let mask: UInt128 = ~(UInt128.max << hostBits)
        guard offset & mask == mask else { return nil }
        return BlockIndex(offset >> hostBits)
    }

    /// The block that has this prefix; nil where it is not one of ours.
    func block(_ blockPrefix: IPPrefix) -> BlockIndex? {
        blockPrefix.length == blockLength ? block(beginningAt: blockPrefix.address) : nil
    }

    /// The first address of a block.
    func firstAddress(_ block: BlockIndex) -> IPAddress {
        IPAddress(number: numbers.lowerBound + (UInt128(block) << hostBits), family: family)
    }

    /// The last address of a block.
    func lastAddress(_ block: BlockIndex) -> IPAddress {
        blockPrefix(block).lastAddress
    }

    /// The prefix of a block.
    func blockPrefix(_ block: BlockIndex) -> IPPrefix {
        let first = firstAddress(block)
        return IPPrefix(first, length: blockLength) ?? IPPrefix(first)
    }

    /// The part of the blocks that the founder at a place among so many has at first; nil where there are too few
    /// blocks. The parts are as equal as whole blocks allow, and together all.
    func slice(_ place: Int, of count: Int) -> ClosedRange<BlockIndex>? {
        guard count > 0, (0..<count).contains(place) else { return nil }
        let first = BlockIndex(UInt128(blockCount) * UInt128(place) / UInt128(count))
        let end = BlockIndex(UInt128(blockCount) * UInt128(place + 1) / UInt128(count))
        return first < end ? first...end - 1 : nil
    }
}

extension IPAddress {
    /// The address as a number, 32 or 128 bits.
    var number: UInt128 {
        switch self {
        case .v4(let value): UInt128(value)
        case .v6(let high, let low): UInt128(high) << 64 | UInt128(low)
        }
    }

    /// The address that is this number; bits that the family does not have are dropped.
    init(number: UInt128, family: IPFamily) {
        switch family {
        case .ipv4: self = .v4(UInt32(truncatingIfNeeded: number))
        case .ipv6:
            self = .v6(high: UInt64(truncatingIfNeeded: number >> 64), low: UInt64(truncatingIfNeeded: number))
        }
    }
}
