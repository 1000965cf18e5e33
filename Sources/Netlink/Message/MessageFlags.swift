/// The flags of a message header (`nlmsg_flags`).
///
/// Numbers: `include/uapi/linux/netlink.h`. Several share a bit; which is meant depends on the kind of request.
public struct MessageFlags: OptionSet, Sendable, Hashable {
    /// The flags as in the header, host-endian.
    public var rawValue: UInt16

    /// The flags of that number.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// A request (`NLM_F_REQUEST`); every message to the kernel has it.
    public static let request = MessageFlags(rawValue: 0x01)
    /// One part of several, up to a `NLMSG_DONE` (`NLM_F_MULTI`).
    public static let multipart = MessageFlags(rawValue: 0x02)
    /// Answer with an acknowledgement even on success (`NLM_F_ACK`).
    public static let acknowledge = MessageFlags(rawValue: 0x04)
    /// Send the resulting object back to the asker (`NLM_F_ECHO`).
    public static let echo = MessageFlags(rawValue: 0x08)
    /// The tables changed during this dump, which may have missed or repeated objects (`NLM_F_DUMP_INTR`).
    public static let dumpInterrupted = MessageFlags(rawValue: 0x10)
    /// The kernel applied the filter the dump asked for (`NLM_F_DUMP_FILTERED`).
    public static let dumpFiltered = MessageFlags(rawValue: 0x20)

    /// Get: every object (`NLM_F_DUMP`).
    public static let dump = MessageFlags(rawValue: 0x300)

    /// New: replace what exists (`NLM_F_REPLACE`).
    public static let replace = MessageFlags(rawValue: 0x100)
    /// New: fail where it exists (`NLM_F_EXCL`).
    public static let exclusive = MessageFlags(rawValue: 0x200)
    /// New: create where it does not exist (`NLM_F_CREATE`).
    public static let create = MessageFlags(rawValue: 0x400)
    /// New: add after those that exist (`NLM_F_APPEND`).
    public static let append = MessageFlags(rawValue: 0x800)

    /// Reply: the request quoted in an error is cut to its header (`NLM_F_CAPPED`).
    public static let capped = MessageFlags(rawValue: 0x100)
    /// Reply: attributes follow the quoted request (`NLM_F_ACK_TLVS`).
    public static let acknowledgeAttributes = MessageFlags(rawValue: 0x200)
}
