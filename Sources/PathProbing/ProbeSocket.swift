import Addressing
import CLinux
import Glibc
import Netlink
import OverlayCore

/// A socket that carries probe frames over one transport. It never blocks.
///
/// It belongs to the namespace it was made in, and to one device by its ifindex: where that is gone, every call fails,
/// and a new socket must be made.
protocol ProbeSocket: AnyObject {
    /// The descriptor, to be polled.
    var fileDescriptor: Int32 { get }
    /// The device's name.
    var device: String { get }
    /// The device's ifindex when the socket was made.
    var index: UInt32 { get }

    /// Sends a frame to a peer.
    ///
    /// - Parameter byteCount: The size of the pod packet that the frame stands for; nil is as small as it can be.
    /// - Throws: `EMSGSIZE` where the device does not take that size.
    func send(_ frame: ProbeFrame, to peer: PeerID, byteCount: UInt32?) throws(NetlinkError)

    /// Receives one datagram into the buffer; nil where none waits.
    func receive(into buffer: inout [UInt8]) throws(NetlinkError) -> (byteCount: Int, source: ProbeSource)?
}

/// Calls that both sockets make.
enum ProbeCall {
    /// Makes a non-blocking socket.
    static func makeSocket(_ family: Int32, _ type: Int32, _ number: Int32, _ name: String) throws(NetlinkError)
        -> Int32
    {
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(family, type | flags, number)
        guard descriptor >= 0 else { throw NetlinkError(operation: "open \(name)", errno: errno) }
        return descriptor
    }

    /// Sends a datagram; a full queue is no error, since a probe may be lost.
    static func send<Address>(
        _ bytes: [UInt8],
        from descriptor: Int32,
        to address: Address,
        _ name: String
    ) throws(NetlinkError) {
        while true {
            let sent = unsafe withUnsafePointer(to: address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
                    // In bounds: the array's own start and size, and the structure's own size.
                    unsafe bytes.withUnsafeBytes { buffer in
                        unsafe sendto(
                            descriptor,
                            buffer.baseAddress,
                            buffer.count,
                            Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL),
                            target,
                            socklen_t(MemoryLayout<Address>.size)
                        )
                    }
                }
            }
            if sent >= 0 { return }
            switch errno {
            case EINTR: continue
            case EAGAIN, ENOBUFS: return
            case let error: throw NetlinkError(operation: "send a probe by \(name)", errno: error)
            }
        }
    }

    /// Receives a datagram and who sent it; nil where none waits.
    static func receive<Address>(
        into buffer: inout [UInt8],
        from descriptor: Int32,
        sender: inout Address,
        _ name: String
    ) throws(NetlinkError) -> Int? {
        while true {
            var size = socklen_t(MemoryLayout<Address>.size)
            let count = unsafe withUnsafeMutablePointer(to: &sender) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
                    unsafe buffer.withUnsafeMutableBytes { bytes in
                        // In bounds: the array's own start and size; the kernel writes at most `size` bytes of address.
                        unsafe recvfrom(
                            descriptor,
                            bytes.baseAddress,
                            bytes.count,
                            Int32(MSG_DONTWAIT),
                            target,
                            &size
                        )
                    }
                }
            }
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: return nil
            case let error: throw NetlinkError(operation: "receive probes by \(name)", errno: error)
            }
        }
    }

    /// The ifindex of a device of the calling thread's namespace.
    static func index(of device: String) throws(NetlinkError) -> UInt32 {
        let index = unsafe if_nametoindex(device)
        guard index > 0 else { throw NetlinkError(operation: "find device \(device)", errno: errno) }
        return index
    }
}
