/// What names a table: its family and its name. Two families may each have a table of one name.
public struct TableID: Sendable, Hashable, CustomStringConvertible {
    /// The family whose packets the table sees.
    public var family: TableFamily
    /// 1 to 255 bytes (`NFT_TABLE_MAXNAMELEN`).
    public var name: String

    /// The table of that family and name.
    public init(family: TableFamily, name: String) {
        self.family = family
        self.name = name
    }

    /// `ip trama`, as `nft` writes it.
    public var description: String { "\(family) \(name)" }
}

/// A table: the name space of chains and sets.
public struct Table: Sendable, Hashable {
    /// Flags of a table (`NFT_TABLE_F_*`).
    public struct Flags: OptionSet, Sendable, Hashable {
        /// The kernel's bits.
        public let rawValue: UInt32

        /// The flags with those bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The base chains are not hooked in: the table does nothing.
        public static let dormant = Flags(rawValue: 1)
        /// Only the socket that made the table may change it; it goes when that socket closes. Linux 5.12.
        public static let owner = Flags(rawValue: 2)
        /// With ``owner``: it stays when that socket closes, and may be adopted. Linux 6.9.
        public static let persist = Flags(rawValue: 4)
    }

    /// Family and name.
    public var id: TableID
    /// Flags; most tables have none.
    public var flags: Flags
    /// Shown by `nft list`, at most 127 bytes.
    public var comment: String?

    /// A table.
    public init(id: TableID, flags: Flags = [], comment: String? = nil) {
        self.id = id
        self.flags = flags
        self.comment = comment
    }
}
