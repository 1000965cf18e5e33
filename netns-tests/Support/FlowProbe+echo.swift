import Addressing
import Glibc
import Netlink

extension FlowProbe {
    /// Sends one ICMP or ICMPv6 echo request and says what came back: an answer, an error, or nothing.
    func echo(from host: Host, to address: IPAddress, timeout: Duration = patience) -> FlowOutcome {
        do {
            let socket = try RawSocket(address.family, in: host.namespace)
            try socket.connect(to: address, timeout: timeout)
            // Type, code, checksum, identifier 0, sequence number 0. The kernel fills in ICMPv6's checksum; over these
            // bytes ICMP's is the complement of the type.
            let request: [UInt8] =
                address.family == .ipv4 ? [8, 0, 0xf7, 0xff, 0, 0, 0, 0] : [128, 0, 0, 0, 0, 0, 0, 0]
            do {
                try socket.send(request)
            } catch  where error.errno == EPERM {}  // stopped on the host itself; the ICMP error comes after
            try socket.receive()
            return .answered(by: "\(address)", source: address)
        } catch {
            return FlowOutcome(error)
        }
    }
}

/// A raw ICMP or ICMPv6 socket.
private final class RawSocket {
    private let fileDescriptor: Int32

    init(_ family: IPFamily, in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        fileDescriptor = try namespace.enter { () throws(NetlinkError) in
            let kind = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue)
            let number = family == .ipv4 ? Int32(IPPROTO_ICMP) : 58  // IPPROTO_ICMPV6
            let result = socket(family == .ipv4 ? AF_INET : AF_INET6, kind, number)
            guard result >= 0 else { throw NetlinkError(operation: "make a raw socket", errno: errno) }
            return result
        }
    }

    deinit {
        close(fileDescriptor)
    }

    func connect(to address: IPAddress, timeout: Duration) throws(NetlinkError) {
        let (seconds, attoseconds) = timeout.components
        var value = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        setsockopt(fileDescriptor, SOL_SOCKET, SO_RCVTIMEO, &value, socklen_t(MemoryLayout<timeval>.size))
        let result = SocketAddress(address, 0).withSockaddr { Glibc.connect(fileDescriptor, $0, $1) }
        guard result == 0 else { throw NetlinkError(operation: "connect a raw socket", errno: errno) }
    }

    func send(_ bytes: [UInt8]) throws(NetlinkError) {
        guard Glibc.send(fileDescriptor, bytes, bytes.count, 0) == bytes.count else {
            throw NetlinkError(operation: "send an echo request", errno: errno)
        }
    }

    func receive() throws(NetlinkError) {
        var bytes = [UInt8](repeating: 0, count: 512)
        guard recv(fileDescriptor, &bytes, bytes.count, 0) >= 0 else {
            throw NetlinkError(operation: "receive an echo reply", errno: errno)
        }
    }
}
