public import Addressing

/// Why a container gets no addresses.
public enum ReservationError: Error, Sendable, Hashable {
    /// The address is in none of the ranges, or is one that no container may have.
    case notOurs(IPAddress, prefixes: [IPPrefix])
    /// Somebody has the address.
    case taken(IPAddress, by: AttachmentKey?)
    /// Two addresses of one family were asked for.
    case twoOfOneFamily(IPFamily)
    /// No address of the family is left.
    case noneLeft(AddressShortage)
}

/// What a network without free addresses looks like.
public struct AddressShortage: Sendable, Hashable {
    /// The family of which there is none.
    public var family: IPFamily
    /// The ranges of that family; empty where the host has none yet.
    public var prefixes: [IPPrefix]
    /// How many of its addresses containers have.
    public var takenCount: Int
    /// How many were released a moment ago and must rest.
    public var restingCount: Int

    init(family: IPFamily, pool: AddressPool, taken: Set<IPAddress>) {
        self.family = family
        prefixes = pool.prefixes.filter { $0.family == family }
        takenCount = taken.count { $0.family == family }
        restingCount = pool.released.count { $0.key.family == family }
    }
}

extension AddressShortage: CustomStringConvertible {
    /// `no address left in 10.32.1.0/24: 253 in use, 1 released less than 60 s ago`.
    public var description: String {
        guard !prefixes.isEmpty else { return "no address left: this host has no range of \(family) yet" }
        let ranges = prefixes.map(\.description).joined(separator: ", ")
        return "no address left in \(ranges): \(takenCount) in use, \(restingCount) released less than "
            + "\(AddressPool.restTime) s ago"
    }
}

extension ReservationError {
    /// The error in words.
    ///
    /// - Parameter elsewhere: What is free on other hosts, or why nothing could be had from them; may be empty.
    func attachmentError(elsewhere: String = "") -> AttachmentError {
        switch self {
        case .notOurs(let address, let prefixes):
            let ranges = prefixes.map(\.description).joined(separator: ", ")
            return AttachmentError(
                .addressUnavailable,
                "\(address) is not this host's to give: choose one of \(ranges.isEmpty ? "(no range yet)" : ranges), "
                    + "but for its first address and, in IPv4, its last one"
            )
        case .taken(let address, let owner):
            let who = owner.map { "\($0)" } ?? "another container"
            return AttachmentError(
                .addressUnavailable,
                "\(address) belongs to \(who): choose another address, or detach that one first"
            )
        case .twoOfOneFamily(let family):
            return AttachmentError(.unsupportedField, "two \(family) addresses were asked for: ask for one at most")
        case .noneLeft(let shortage):
            return AttachmentError(
                shortage.prefixes.isEmpty ? .tryAgainLater : .noAddressLeft,
                elsewhere.isEmpty ? "\(shortage)" : "\(shortage); \(elsewhere)"
            )
        }
    }
}
