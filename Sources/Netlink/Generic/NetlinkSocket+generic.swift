import CLinux
import Glibc

extension NetlinkSocket {
    /// The family of that name; nil where the kernel has none, nor a module that brings it.
    ///
    /// The kernel loads a module that says it has the family, where modules may be loaded.
    public mutating func genericFamily(named name: String) throws(NetlinkError) -> GenericFamily? {
        var message = MessageWriter()
        message.message(.control, command: UInt8(CTRL_CMD_GETFAMILY), flags: []) { message in
            message.attribute(UInt16(CTRL_ATTR_FAMILY_NAME), string: name)
        }
        var family: GenericFamily?
        do throws(NetlinkError) {
            try request("find generic netlink family \(name)", message) { _, body throws(MessageError) in
                family = try GenericFamily(body: body)
            }
        } catch {
            guard error.errno == ENOENT else { throw error }
        }
        return family
    }
}
