import Glibc
import Netlink
import OverlayCore

/// Answers the path probes that come for members, and probes as they would, over VXLAN on UDP 6784, on a thread of its
/// own.
actor SwarmProber {
    private let executor = ThreadExecutor(name: "swarm-prober")
    private let members: [SwarmMember]
    private let indices: [PeerID: Int]
    private let silence: String
    /// Takes what comes for any of them.
    private let receiver: Int32
    /// Each sends from its own address.
    private let senders: [Int32]
    /// Who probes us; known once it has.
    private var subject: PeerID?
    private var received: [ProbeFrame.Reception]
    private var sequence: UInt32 = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private static let port: UInt16 = 6784
    private static let vni: UInt32 = 6784
    /// Outer Ethernet, as the VXLAN device sees it, after VXLAN's own eight bytes.
    private static let headerByteCount = 22

    init(_ members: [SwarmMember], silence: String) throws {
        self.members = members
        self.silence = silence
        indices = Dictionary(uniqueKeysWithValues: members.map { ($0.record.id, $0.index) })
        received = Array(repeating: ProbeFrame.Reception(), count: members.count)
        receiver = try Self.socket(address: "0.0.0.0", port: Self.port)
        senders = try members.map { try Self.socket(address: SwarmMember.address($0.index), port: 0) }
    }

    deinit {
        for descriptor in senders + [receiver] { close(descriptor) }
    }

    private static func socket(address: String, port: UInt16) throws -> Int32 {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var own = Self.address(address, port)
        let bound = withUnsafePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard descriptor >= 0, bound == 0 else {
            throw NetlinkError(operation: "bind a UDP socket to \(address)", errno: errno)
        }
        return descriptor
    }

    private static func address(_ text: String, _ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, text, &address.sin_addr)
        return address
    }

    /// Goes on until the task is cancelled, or nobody is to answer any more.
    func run() {
        // The pace of a real member with so many peers: one small probe in so many seconds for each.
        let interval = Duration.seconds(max(1, Double(members.count) * 1.3 / 80))
        var next = ContinuousClock.now
        var turn = 0
        while !Task.isCancelled, access(silence, F_OK) != 0 {
            var entry = pollfd(fd: receiver, events: Int16(POLLIN), revents: 0)
            poll(&entry, 1, 50)
            while answerOne() {}
            let due = Int((ContinuousClock.now - next) / (interval / members.count))
            for _ in 0..<max(due, 0) {
                probe(from: turn % members.count)
                turn += 1
            }
            next += interval / members.count * max(due, 0)
        }
    }

    /// Takes a datagram and answers it; false where there is none.
    private func answerOne() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 2048)
        let count = recv(receiver, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        guard count >= 0 else { return false }
        guard count > Self.headerByteCount,
            let frame = try? ProbeFrame(decoding: buffer.span.extracting(Self.headerByteCount..<count)),
            let index = indices[frame.target]
        else { return true }
        subject = frame.sender
        guard frame.kind == .probe else { return true }
        received[index].lastSequence = frame.sequence
        received[index].count &+= 1
        var answer = self.frame(.answer, from: index, to: frame.sender)
        answer.cookie = frame.cookie
        answer.sequence = frame.sequence
        answer.timestamp = frame.timestamp
        send(answer, from: index)
        return true
    }

    private func probe(from index: Int) {
        guard let subject else { return }
        var frame = frame(.probe, from: index, to: subject)
        sequence &+= 1
        frame.cookie = UInt64.random(in: .min ... .max)
        frame.sequence = sequence
        send(frame, from: index)
    }

    private func frame(_ kind: ProbeFrame.Kind, from index: Int, to peer: PeerID) -> ProbeFrame {
        ProbeFrame(kind: kind, sender: members[index].record.id, target: peer, way: .vxlan, overVXLAN: received[index])
    }

    private func send(_ frame: ProbeFrame, from index: Int) {
        // VXLAN (RFC 7348): flags with "VNI is valid", reserved, VNI, reserved; then Ethernet.
        let vni = Self.vni
        var bytes: [UInt8] = [8, 0, 0, 0, UInt8(vni >> 16), UInt8(vni >> 8 & 0xff), UInt8(vni & 0xff), 0]
        bytes += frame.target.tunnelLinkAddress + frame.sender.tunnelLinkAddress
        bytes += [UInt8(ProbeFrame.etherType >> 8), UInt8(ProbeFrame.etherType & 0xff)]
        bytes += frame.encode()
        let peer = Self.address(SwarmMember.subject, Self.port)
        withUnsafePointer(to: peer) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(senders[index], bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
