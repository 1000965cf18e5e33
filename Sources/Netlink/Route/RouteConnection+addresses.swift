public import Addressing
import CLinux

extension RouteConnection {
    /// Every address of the links, or those of one family or one link.
    public func addresses(
        family: IPFamily? = nil,
        interface: UInt32? = nil
    ) throws(NetlinkError) -> [InterfaceAddress] {
        var header = ifaddrmsg()
        header.ifa_family = family?.socketFamily ?? 0
        header.ifa_index = interface ?? 0
        return try dump("list addresses", RTM_GETADDR, header) { body throws(MessageError) in
            try InterfaceAddress(body: body)
        }
    }

    /// Gives a link an address.
    public func addAddress(_ address: InterfaceAddress) throws(NetlinkError) {
        try perform(.addAddress(address))
    }

    /// Takes an address from a link.
    public func removeAddress(_ address: InterfaceAddress) throws(NetlinkError) {
        try perform(.removeAddress(address))
    }
}
