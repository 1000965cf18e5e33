public import Addressing

/// All attachments of this host, and the addresses that are left: what the store holds.
///
/// A value: whoever changes it does so on a copy that is then written (``AddressStore/update(_:)``).
public struct AttachmentTable: Sendable, Hashable {
    /// One more with each change that was written.
    public internal(set) var revision: UInt64
    /// The attachments by their keys.
    public internal(set) var attachments: [AttachmentKey: PodAttachment]
    /// The pools by the names of their networks.
    public internal(set) var pools: [String: AddressPool]

    /// An empty table.
    public init() {
        revision = 0
        attachments = [:]
        pools = [:]
    }

    /// The addresses of one network that containers have.
    public func taken(in network: String) -> Set<IPAddress> {
        var taken: Set<IPAddress> = []
        for attachment in attachments.values where attachment.network == network {
            taken.formUnion(attachment.addresses)
        }
        return taken
    }

    /// Says which ranges of a network are the host's to give out; containers keep what they have.
    public mutating func setPrefixes(_ prefixes: [IPPrefix], of network: String) {
        pools[network, default: AddressPool()].setPrefixes(prefixes)
    }

    /// Gives no further addresses of a range of a network, if nobody has one of it, or had one less than a minute ago.
    ///
    /// - Parameter now: Seconds since 1970.
    /// - Returns: Whether that is so; then the range may be another host's.
    public mutating func withdraw(_ prefix: IPPrefix, of network: String, now: Int64) -> Bool {
        guard var pool = pools[network] else { return true }
        pool.wake(now: now)
        guard
            !taken(in: network).contains(where: { prefix.contains($0) }),
            !pool.released.keys.contains(where: { prefix.contains($0) })
        else { return false }
        pool.setPrefixes(pool.prefixes.filter { $0 != prefix })
        pools[network] = pool
        return true
    }

    /// Forgets networks that are not among these, and that nobody is attached to.
    public mutating func keepNetworks(_ names: Set<String>) {
        let used = Set(attachments.values.map(\.network))
        pools = pools.filter { names.contains($0.key) || used.contains($0.key) || !$0.value.released.isEmpty }
    }

    /// Takes addresses for an attachment, and remembers it.
    ///
    /// An attachment of the same key keeps what it has, as far as that is still this host's to give and what is
    /// wanted; the rest of it is released.
    ///
    /// - Parameters:
    ///   - attachment: What to remember; its addresses are those that it must have, the others are chosen.
    ///   - families: Of which it gets one each.
    ///   - now: Seconds since 1970.
    /// - Returns: The attachment with its addresses, in the order of `families`.
    public mutating func reserve(
        _ attachment: PodAttachment,
        families: [IPFamily],
        now: Int64
    ) throws(ReservationError) -> PodAttachment {
        var attachment = attachment
        let network = attachment.network
        var pool = pools[network] ?? AddressPool()
        pool.wake(now: now)
        let previous = attachments[attachment.key]
        let kept = previous?.network == network ? previous?.addresses ?? [] : []
        var taken = taken(in: network)
        taken.subtract(kept)

        var addresses: [IPAddress] = []
        for address in attachment.addresses {
            guard pool.mayGive(address), families.contains(address.family) else {
                throw .notOurs(address, prefixes: pool.prefixes)
            }
            guard !taken.contains(address) else {
                let owner = attachments.values.first { $0.network == network && $0.addresses.contains(address) }
                throw .taken(address, by: owner?.key)
            }
            guard !addresses.contains(where: { $0.family == address.family }) else {
                throw .twoOfOneFamily(address.family)
            }
            addresses.append(address)
        }
        for family in families where !addresses.contains(where: { $0.family == family }) {
            if let same = kept.first(where: { $0.family == family && pool.mayGive($0) }) {
                addresses.append(same)
            } else if let next = pool.next(family, taken: taken.union(kept)) {
                addresses.append(next)
            } else {
                throw .noneLeft(AddressShortage(family: family, pool: pool, taken: taken.union(kept)))
            }
        }
        let order = families
        attachment.addresses = addresses.sorted {
            (order.firstIndex(of: $0.family) ?? 0) < (order.firstIndex(of: $1.family) ?? 0)
        }
        for address in addresses { pool.released[address] = nil }
        for address in kept where !addresses.contains(address) { pool.rest(address, now: now) }
        pools[network] = pool
        if let previous, previous.network != network {
            for address in previous.addresses { pools[previous.network]?.rest(address, now: now) }
        }
        attachments[attachment.key] = attachment
        return attachment
    }

    /// Forgets an attachment; its addresses rest from now on.
    ///
    /// - Parameters:
    ///   - key: Which one.
    ///   - now: Seconds since 1970.
    ///   - wasUsed: Whether somebody may have seen its addresses; otherwise they need no rest.
    /// - Returns: What it was; nil where there was none.
    @discardableResult
    public mutating func release(_ key: AttachmentKey, now: Int64, wasUsed: Bool = true) -> PodAttachment? {
        guard let attachment = attachments.removeValue(forKey: key) else { return nil }
        var pool = pools[attachment.network] ?? AddressPool()
        pool.wake(now: now)
        if wasUsed { for address in attachment.addresses { pool.rest(address, now: now) } }
        pools[attachment.network] = pool
        return attachment
    }

    /// Remembers that the kernel has all of an attachment.
    ///
    /// - Parameters:
    ///   - reserved: As ``reserve(_:families:now:)`` returned it.
    ///   - made: As the kernel has it.
    /// - Returns: False where it was released meanwhile, and its addresses may be another's.
    public mutating func complete(_ reserved: PodAttachment, as made: PodAttachment) -> Bool {
        guard attachments[reserved.key] == reserved else { return false }
        attachments[reserved.key] = made
        attachments[reserved.key]?.isComplete = true
        return true
    }
}
