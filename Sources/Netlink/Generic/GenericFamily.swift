import CLinux

/// A family of generic netlink: a kernel module's own commands, whose number the kernel gives at run time.
///
/// Layout: `include/uapi/linux/genetlink.h`.
public struct GenericFamily: Sendable, Hashable {
    /// Its number (`CTRL_ATTR_FAMILY_ID`): the type of its messages.
    public var id: UInt16
    /// Its name (`CTRL_ATTR_FAMILY_NAME`): `wireguard`.
    public var name: String
    /// The version of its commands (`CTRL_ATTR_VERSION`).
    public var version: UInt32

    /// A family of these parts.
    public init(id: UInt16, name: String, version: UInt32) {
        self.id = id
        self.name = name
        self.version = version
    }

    /// The family that tells of the others (`GENL_ID_CTRL`), and the only one with a fixed number.
    static let control = GenericFamily(id: 0x10, name: "nlctrl", version: 2)

    /// Size of `struct genlmsghdr`, which every message of a family begins with; attributes follow.
    public static let headerByteCount = 4

    /// Reads the body of a `CTRL_CMD_NEWFAMILY`; nil where it lacks the number or the name.
    public init?(body: RawSpan) throws(MessageError) {
        var id: UInt16?
        var name: String?
        var version: UInt32 = 0
        var reader = AttributeReader(from: Self.headerByteCount)
        while let attribute = try reader.next(in: body) {
            switch Int(attribute.type) {
            case CTRL_ATTR_FAMILY_ID: id = try body.integer(attribute)
            case CTRL_ATTR_FAMILY_NAME: name = try body.string(attribute)
            case CTRL_ATTR_VERSION: version = try body.integer(attribute)
            default: break
            }
        }
        guard let id, let name else { return nil }
        self.init(id: id, name: name, version: version)
    }
}

extension MessageWriter {
    /// Writes one message of a family: its headers, then what `body` writes.
    ///
    /// - Parameters:
    ///   - family: Whose command it is.
    ///   - command: The command (`genlmsghdr.cmd`).
    ///   - flags: `nlmsg_flags`; `.request` is added.
    ///   - body: Writes the attributes.
    public mutating func message<Failure: Error>(
        _ family: GenericFamily,
        command: UInt8,
        flags: MessageFlags,
        _ body: (inout MessageWriter) throws(Failure) -> Void
    ) throws(Failure) {
        try message(type: family.id, flags: flags) { message throws(Failure) in
            message.fixedHeader(genlmsghdr(cmd: command, version: UInt8(clamping: family.version), reserved: 0))
            try body(&message)
        }
    }
}
