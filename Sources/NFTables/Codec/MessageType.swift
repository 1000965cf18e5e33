internal import CNetfilter

/// A message of nftables; the raw value is the kernel's `NFT_MSG_*` number.
struct MessageType: RawRepresentable, Equatable {
    var rawValue: UInt8

    static let newTable = MessageType(NFT_MSG_NEWTABLE)
    static let getTable = MessageType(NFT_MSG_GETTABLE)
    static let deleteTable = MessageType(NFT_MSG_DELTABLE)
    static let newChain = MessageType(NFT_MSG_NEWCHAIN)
    static let getChain = MessageType(NFT_MSG_GETCHAIN)
    static let deleteChain = MessageType(NFT_MSG_DELCHAIN)
    static let newRule = MessageType(NFT_MSG_NEWRULE)
    static let getRule = MessageType(NFT_MSG_GETRULE)
    static let deleteRule = MessageType(NFT_MSG_DELRULE)
    static let newSet = MessageType(NFT_MSG_NEWSET)
    static let getSet = MessageType(NFT_MSG_GETSET)
    static let deleteSet = MessageType(NFT_MSG_DELSET)
    static let newElements = MessageType(NFT_MSG_NEWSETELEM)
    static let getElements = MessageType(NFT_MSG_GETSETELEM)
    static let deleteElements = MessageType(NFT_MSG_DELSETELEM)
    static let newGeneration = MessageType(NFT_MSG_NEWGEN)
    static let getGeneration = MessageType(NFT_MSG_GETGEN)
    /// `NFT_MSG_DESTROYSETELEM`, Linux 6.3, younger than Debian 12's headers.
    static let destroyElements = MessageType(rawValue: 30)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    private init(_ message: nf_tables_msg_types) { rawValue = UInt8(truncatingIfNeeded: message.rawValue) }

    /// The message of a `nlmsg_type`; nil for another subsystem's.
    init?(netlinkType: UInt16) {
        guard netlinkType >> 8 == UInt16(NFNL_SUBSYS_NFTABLES) else { return nil }
        rawValue = UInt8(truncatingIfNeeded: netlinkType)
    }

    /// `nlmsg_type`.
    var netlinkType: UInt16 { UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(rawValue) }
}
