public import Addressing

/// What is given out to Services: ClusterIPs and node ports.
///
/// A server keeps one, and changes it by what it commits and what it sees in the store. The keys in the store
/// (``AllocationRecord``) are what makes an allocation exclusive among several servers; this says where to look.
public struct AllocationState: Sendable {
    /// The addresses given out, in whichever range.
    public private(set) var addresses: Set<IPAddress> = []
    /// The ranges that new addresses come from, in the order in which they are tried.
    public private(set) var ranges: [AddressRange] = []
    /// The family that a Service has which asks for none.
    public private(set) var defaultFamily: IPFamily
    /// The node ports that there are.
    public let portRange: ClosedRange<Int>
    private var portPool: AllocationPool

    /// Nothing is given out.
    ///
    /// - Parameters:
    ///   - ranges: The ranges of ClusterIPs; the first one's family is the default. Those that are none (see
    ///     ``AddressRange``) are left out.
    ///   - portRange: The range of node ports, of 1...65535; what is outside is left out.
    public init(ranges: [IPPrefix], portRange: ClosedRange<Int> = 30_000...32_767) {
        let clamped = portRange.clamped(to: 1...65_535)
        self.portRange = clamped
        portPool = AllocationPool(
            count: UInt64(clamped.count),
            staticCount: Self.staticPortCount(of: clamped.count)
        )
        defaultFamily = ranges.first?.family ?? .ipv4
        setRanges(ranges)
    }

    /// A 32nd, at most 128 ports; none of a small range.
    private static func staticPortCount(of count: Int) -> UInt64 {
        let (least, most, part) = (16, 128, 32)
        return count / part < least ? 0 : UInt64(min(count / part, most))
    }

    /// Takes other ranges, as ServiceCIDRs come and go; the default family stays where it still has one.
    ///
    /// Ranges that are being deleted are left out by the caller: their addresses stay given out, and nobody gets new
    /// ones.
    public mutating func setRanges(_ prefixes: [IPPrefix]) {
        ranges = prefixes.compactMap(AddressRange.init)
        for position in ranges.indices {
            for address in addresses {
                if let number = ranges[position].number(of: address) { ranges[position].pool.insert(number) }
            }
        }
        if let first = ranges.first, !families.contains(defaultFamily) { defaultFamily = first.prefix.family }
    }

    /// The families that Services can have.
    public var families: Set<IPFamily> { Set(ranges.map(\.prefix.family)) }

    /// How many node ports are free.
    public var freePortCount: Int { Int(portPool.freeCount) }

    // MARK: What is given out

    /// Marks an address as given out.
    public mutating func insert(_ address: IPAddress) {
        guard addresses.insert(address).inserted else { return }
        for position in ranges.indices {
            if let number = ranges[position].number(of: address) { ranges[position].pool.insert(number) }
        }
    }

    /// Takes an address back.
    public mutating func remove(_ address: IPAddress) {
        guard addresses.remove(address) != nil else { return }
        for position in ranges.indices {
            if let number = ranges[position].number(of: address) { ranges[position].pool.remove(number) }
        }
    }

    /// Whether a node port is given out.
    public func contains(port: Int) -> Bool { number(of: port).map(portPool.used.contains) ?? false }

    /// Marks a node port as given out; one outside of the range changes nothing.
    public mutating func insert(port: Int) {
        if let number = number(of: port) { portPool.insert(number) }
    }

    /// Takes a node port back.
    public mutating func remove(port: Int) {
        if let number = number(of: port) { portPool.remove(number) }
    }

    /// Does what an allocation asks for, after it was committed.
    public mutating func apply(_ changes: AllocationChanges) {
        for address in changes.releasedAddresses { remove(address) }
        for port in changes.releasedPorts { remove(port: port) }
        for address in changes.reservedAddresses { insert(address) }
        for port in changes.reservedPorts { insert(port: port) }
    }

    // MARK: What is free

    /// Why an address or a port cannot be given out, in upstream's words.
    struct Unavailable: Error, Hashable {
        let words: String
    }

    /// Checks that an address that somebody wants can be given out.
    func check(_ address: IPAddress) throws(Unavailable) {
        let holders = ranges.filter { $0.prefix.contains(address) }
        guard let holder = holders.max(by: { $0.prefix.length < $1.prefix.length }) else {
            throw Unavailable(words: "the provided network does not match the current range")
        }
        guard holders.contains(where: { $0.number(of: address) != nil }) else {
            throw Unavailable(
                words: "the provided IP (\(address)) is not in the valid range. The range of valid IPs is "
                    + "\(holder.prefix)"
            )
        }
        guard !addresses.contains(address) else { throw Unavailable(words: "provided IP is already allocated") }
    }

    /// A free address of the family, at random; nil where there is none.
    func nextAddress(_ family: IPFamily, using generator: inout some RandomNumberGenerator) -> IPAddress? {
        for range in ranges where range.prefix.family == family {
            if let number = range.pool.next(excluding: [], using: &generator) { return range.address(number) }
        }
        return nil
    }

    /// Checks that a node port that somebody wants can be given out.
    func check(port: Int) throws(Unavailable) {
        guard number(of: port) != nil else {
            throw Unavailable(
                words: "provided port is not in the valid range. The range of valid ports is "
                    + "\(portRange.lowerBound)-\(portRange.upperBound)"
            )
        }
        guard !contains(port: port) else { throw Unavailable(words: "provided port is already allocated") }
    }

    /// A free node port, at random; nil where there is none.
    func nextPort(excluding ports: Set<Int>, using generator: inout some RandomNumberGenerator) -> Int? {
        let excluded = Set(ports.compactMap(number))
        return portPool.next(excluding: excluded, using: &generator).map { portRange.lowerBound + Int($0) }
    }

    private func number(of port: Int) -> UInt64? {
        portRange.contains(port) ? UInt64(port - portRange.lowerBound) : nil
    }
}
