import Addressing
import Glibc
import Netlink
import ServiceRouting
import Testing

/// SCTP Services, with packets made by hand: many kernels have the protocol's translation but not its sockets.
@Suite(
    .enabled(if: Privilege.isAvailable, Privilege.reason),
    .enabled(if: RawSCTP.isTracked, "this kernel does not track SCTP (CONFIG_NF_CT_PROTO_SCTP)")
)
struct SCTPTests {
    @Test(arguments: IPFamily.allCases)
    func `an association's first packet reaches an endpoint's address and port`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = ServiceModel("sctp", number: 1, on: "local", "remote") {
            // The three protocols may share one port number.
            $0.ports.append(.init(name: "sctp", transport: .sctp, port: 80, nodePort: 30_001))
        }
        try await bed.set(service)
        let receivers = try ["local", "remote"].map { try RawSCTP(family, in: bed.lab[$0].namespace) }
        let sender = try RawSCTP(family, in: bed.lab["client"].namespace)
        for kind in [FrontendKind.clusterIP, .nodePort, .loadBalancer] {
            let target = kind.frontend(of: service, family, .sctp)
            var reached: Set<Int> = []
            for sourcePort in UInt16(40_000)..<40_064 where reached.count < 2 {
                try sender.sendInit(from: sourcePort, to: target)
                let (receiver, port) = try #require(RawSCTP.receive(from: receivers), "\(kind)")
                #expect(port == TestAddress.endpointPort)
                reached.insert(receiver)
            }
            #expect(reached == [0, 1], "\(kind)")
        }
    }
}

/// A raw socket that sends and receives SCTP packets (RFC 9260).
private final class RawSCTP {
    private let fileDescriptor: Int32
    private let family: IPFamily

    /// Whether the kernel can translate SCTP; asked once connection tracking is loaded.
    static var isTracked: Bool {
        access("/proc/sys/net/netfilter/nf_conntrack_max", F_OK) != 0
            || access("/proc/sys/net/netfilter/nf_conntrack_sctp_timeout_established", F_OK) == 0
    }

    init(_ family: IPFamily, in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        self.family = family
        fileDescriptor = try namespace.enter { () throws(NetlinkError) in
            let kind = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue)
            let result = socket(family == .ipv4 ? AF_INET : AF_INET6, kind, Int32(TransportProtocol.sctp.rawValue))
            guard result >= 0 else { throw NetlinkError(operation: "make a raw SCTP socket", errno: errno) }
            return result
        }
    }

    deinit {
        close(fileDescriptor)
    }

    /// Sends the INIT of an association.
    func sendInit(from sourcePort: UInt16, to target: Frontend) throws(NetlinkError) {
        func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }
        var packet = big(sourcePort) + big(target.port)
        packet += [0, 0, 0, 0]  // verification tag: 0 in an INIT
        packet += [0, 0, 0, 0]  // checksum
        packet += [1, 0, 0, 20]  // INIT, no flags, 20 bytes
        packet += [0, 0, 0, 1]  // initiate tag
        packet += [0, 1, 0, 0]  // window
        packet += [0, 1, 0, 1]  // streams out and in
        packet += [0, 0, 0, 1]  // first TSN
        let checksum = Self.checksum(packet)
        for index in 0..<4 { packet[8 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index)) }
        // A raw IPv6 socket takes no port.
        let sent = SocketAddress(target.address, 0).withSockaddr {
            sendto(fileDescriptor, packet, packet.count, 0, $0, $1)
        }
        guard sent == packet.count else { throw NetlinkError(operation: "send SCTP", errno: errno) }
    }

    /// The destination port of the next packet that one of the sockets receives, and which; nil where none comes.
    static func receive(from sockets: [RawSCTP]) -> (index: Int, port: UInt16)? {
        var polled = sockets.map { pollfd(fd: $0.fileDescriptor, events: Int16(POLLIN), revents: 0) }
        guard poll(&polled, nfds_t(polled.count), 5_000) > 0, let index = polled.firstIndex(where: { $0.revents != 0 })
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = recv(sockets[index].fileDescriptor, &bytes, bytes.count, 0)
        // A raw IPv4 socket receives the IP header too, whose length is in its first byte.
        let start = sockets[index].family == .ipv4 ? Int(bytes[0] & 0xf) * 4 : 0
        guard count >= start + 12 else { return nil }
        return (index, UInt16(bytes[start + 2]) << 8 | UInt16(bytes[start + 3]))
    }

    /// CRC32c, in the byte order in which it is sent least significant first.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
        }
        return ~crc
    }
}
