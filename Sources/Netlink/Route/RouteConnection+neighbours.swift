public import Addressing
import CLinux

extension RouteConnection {
    /// The neighbours of a family, or those on one link.
    public func neighbours(family: IPFamily, interface: UInt32? = nil) throws(NetlinkError) -> [Neighbour] {
        var header = ndmsg()
        header.ndm_family = family.socketFamily
        return try dump(
            "list \(family) neighbours",
            RTM_GETNEIGH,
            header,
            attributes: { if let interface { $0.attribute(UInt16(NDA_IFINDEX), interface) } },
            decode: { body throws(MessageError) in try Neighbour(body: body) }
        )
    }

    /// Puts a neighbour into the table, in place of what is known of its address.
    public func setNeighbour(_ neighbour: Neighbour) throws(NetlinkError) {
        try perform(.setNeighbour(neighbour))
    }

    /// Removes a neighbour.
    public func removeNeighbour(_ neighbour: Neighbour) throws(NetlinkError) {
        try perform(.removeNeighbour(neighbour))
    }

    /// The forwarding entries of every bridge and tunnel, or of one port or tunnel.
    public func forwardingEntries(interface: UInt32? = nil) throws(NetlinkError) -> [FDBEntry] {
        var header = ndmsg()
        header.ndm_family = FDBEntry.socketFamily
        header.ndm_ifindex = Int32(bitPattern: interface ?? 0)
        let entries = try dump("list forwarding entries", RTM_GETNEIGH, header) { body throws(MessageError) in
            try FDBEntry(body: body)
        }
        return entries.filter { interface == nil || $0.interface == interface }
    }

    /// How long ago a frame was last sent by each forwarding entry of a tunnel (`ndm_used` of `NDA_CACHEINFO`), in steps
    /// of 10 ms.
    public func forwardingUse(interface: UInt32) throws(NetlinkError) -> [LinkLayerAddress: Duration] {
        var header = ndmsg()
        header.ndm_family = FDBEntry.socketFamily
        header.ndm_ifindex = Int32(bitPattern: interface)
        let uses = try dump("list the use of forwarding entries", RTM_GETNEIGH, header) { body throws(MessageError) in
            try FDBUse(body: body, interface: interface)
        }
        return Dictionary(uses.map { ($0.address, $0.age) }, uniquingKeysWith: min)
    }

    /// Adds a forwarding entry; fails where there is one for the address (`EEXIST`).
    public func addForwardingEntry(_ entry: FDBEntry) throws(NetlinkError) {
        try perform(.addForwardingEntry(entry))
    }

    /// Adds one more far end for an address: frames to it are copied to each (a tunnel's all-zero entry).
    public func appendForwardingEntry(_ entry: FDBEntry) throws(NetlinkError) {
        try perform(.appendForwardingEntry(entry))
    }

    /// Removes a forwarding entry.
    public func removeForwardingEntry(_ entry: FDBEntry) throws(NetlinkError) {
        try perform(.removeForwardingEntry(entry))
    }
}
