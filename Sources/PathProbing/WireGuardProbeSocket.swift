import Addressing
import CLinux
import Glibc
import Netlink
import OverlayCore

/// Probe frames as UDP datagrams between the peers' ``PeerID/wireGuardAddress``, through the WireGuard device.
///
/// The device must have our address, and a route to ``PeerID/wireGuardPrefix``: it has both where it is given the address
/// with the prefix's length. Datagrams are never fragmented.
@safe
final class WireGuardProbeSocket: ProbeSocket {
    let fileDescriptor: Int32
    let device: String
    let index: UInt32

    /// IPv6 header and UDP header: what a pod packet of the same size has before the frame.
    private static let headerByteCount = 48

    /// Opens the socket in the namespace; the device and its address must be there.
    init(device: String, own: PeerID, in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        self.device = device
        let (descriptor, index) = try namespace.enter { () throws(NetlinkError) -> (Int32, UInt32) in
            let index = try ProbeCall.index(of: device)
            let number = Int32(IPPROTO_UDP)
            return (try ProbeCall.makeSocket(AF_INET6, Int32(SOCK_DGRAM.rawValue), number, "a UDP socket"), index)
        }
        fileDescriptor = descriptor
        self.index = index
        try Self.set(descriptor, SOL_SOCKET, SO_BINDTODEVICE, device, "bind to device \(device)")
        let options: [(name: Int32, value: Int32)] = [
            (IPV6_V6ONLY, 1),
            (IPV6_DONTFRAG, 1),
            // Sizes are ours to find out: what routers say of them is ignored.
            (IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE),
        ]
        for option in options {
            var value = option.value
            // In bounds: the variable's own size.
            let result = unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), option.name, &value, 4)
            guard result == 0 else { throw NetlinkError(operation: "set up probes by \(device)", errno: errno) }
        }
        let address = Self.address(of: own, index: index)
        let result = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                // In bounds: the structure's own size.
                unsafe bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
        guard result == 0 else {
            let operation = "bind UDP port \(ProbeFrame.udpPort) of \(own.wireGuardAddress) on \(device)"
            throw NetlinkError(operation: operation, errno: errno)
        }
    }

    deinit {
        close(fileDescriptor)
    }

    func send(_ frame: ProbeFrame, to peer: PeerID, byteCount: UInt32?) throws(NetlinkError) {
        let size = byteCount.map { Int($0) - Self.headerByteCount } ?? 0
        let address = Self.address(of: peer, index: index)
        try ProbeCall.send(frame.encode(byteCount: size), from: fileDescriptor, to: address, device)
    }

    func receive(
        into buffer: inout [UInt8]
    ) throws(NetlinkError) -> (byteCount: Int, source: ProbeSource)? {
        var sender = sockaddr_in6()
        guard let count = try ProbeCall.receive(into: &buffer, from: fileDescriptor, sender: &sender, device)
        else { return nil }
        let address = unsafe withUnsafeBytes(of: &sender.sin6_addr) { unsafe IPAddress(networkBytes: $0) }
        return (count, .wireGuard(address ?? .v6(high: 0, low: 0)))
    }

    private static func address(of peer: PeerID, index: UInt32) -> sockaddr_in6 {
        var address = sockaddr_in6()
        address.sin6_family = UInt16(AF_INET6)
        address.sin6_port = ProbeFrame.udpPort.bigEndian
        address.sin6_scope_id = index
        unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { bytes in
            // In bounds: 16 bytes of 16.
            for (offset, byte) in peer.wireGuardAddress.networkBytes.prefix(16).enumerated() {
                unsafe bytes[offset] = byte
            }
        }
        return address
    }

    private static func set(
        _ descriptor: Int32,
        _ level: Int32,
        _ option: Int32,
        _ text: String,
        _ operation: String
    ) throws(NetlinkError) {
        let result = unsafe text.withCString { pointer in
            // In bounds: the string's own length.
            unsafe setsockopt(descriptor, level, option, pointer, socklen_t(text.utf8.count))
        }
        guard result == 0 else { throw NetlinkError(operation: operation, errno: errno) }
    }
}
