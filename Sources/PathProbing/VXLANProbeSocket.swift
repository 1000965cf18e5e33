import CLinux
import Glibc
import Netlink
import OverlayCore

/// Probe frames as Ethernet frames of the VXLAN device: independent of routes and addresses, they need the peer's
/// forwarding entry only.
///
/// A packet socket without headers (`AF_PACKET`, `SOCK_DGRAM`) for ``ProbeFrame/etherType``.
@safe
final class VXLANProbeSocket: ProbeSocket {
    let fileDescriptor: Int32
    let device: String
    let index: UInt32

    /// Opens the socket in the namespace; the device must be there.
    init(device: String, in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        self.device = device
        let (descriptor, index) = try namespace.enter { () throws(NetlinkError) -> (Int32, UInt32) in
            let index = try ProbeCall.index(of: device)
            // Protocol 0: nothing is received before the socket is bound to its device.
            let descriptor = try ProbeCall.makeSocket(AF_PACKET, Int32(SOCK_DGRAM.rawValue), 0, "a packet socket")
            return (descriptor, index)
        }
        fileDescriptor = descriptor
        self.index = index
        let address = Self.address(index: index)
        let result = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                // In bounds: the structure's own size.
                unsafe bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_ll>.size))
            }
        }
        // The descriptor is closed in `deinit`, which runs for an object that is complete, as this one is.
        guard result == 0 else { throw NetlinkError(operation: "bind a packet socket to \(device)", errno: errno) }
    }

    deinit {
        close(fileDescriptor)
    }

    func send(_ frame: ProbeFrame, to peer: PeerID, byteCount: UInt32?) throws(NetlinkError) {
        var address = Self.address(index: index)
        address.sll_halen = 6
        unsafe withUnsafeMutableBytes(of: &address.sll_addr) { bytes in
            // In bounds: six of eight bytes.
            for (offset, byte) in peer.tunnelLinkAddress.prefix(6).enumerated() { unsafe bytes[offset] = byte }
        }
        let bytes = frame.encode(byteCount: Int(byteCount ?? 0))
        try ProbeCall.send(bytes, from: fileDescriptor, to: address, device)
    }

    func receive(
        into buffer: inout [UInt8]
    ) throws(NetlinkError) -> (byteCount: Int, source: ProbeSource)? {
        while true {
            var sender = sockaddr_ll()
            guard
                let count = try ProbeCall.receive(into: &buffer, from: fileDescriptor, sender: &sender, device)
            else { return nil }
            // What others of this host send out of the device is shown, too; it is not from a peer.
            guard sender.sll_pkttype != UInt8(PACKET_OUTGOING), sender.sll_halen == 6 else { continue }
            let linkAddress = unsafe withUnsafeBytes(of: &sender.sll_addr) { bytes in
                // In bounds: six of eight bytes.
                unsafe bytes.prefix(6).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            }
            return (count, .vxlan(linkAddress: linkAddress))
        }
    }

    private static func address(index: UInt32) -> sockaddr_ll {
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = ProbeFrame.etherType.bigEndian
        address.sll_ifindex = Int32(clamping: index)
        return address
    }
}
