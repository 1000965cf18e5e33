import Addressing
import CLinux
import Netlink

/// A device's status, put together from the messages of one dump.
///
/// A list that does not fit goes on in the next message: the first peer of that has only its key and more prefixes.
struct WireGuardStatusAssembly {
    private(set) var status = WireGuardStatus()
    /// The wall clock when the dump was made, since 1970.
    let now: Duration

    init(now: Duration) {
        self.now = now
    }

    /// Adds what the body of one `WG_CMD_GET_DEVICE` says.
    mutating func add(_ body: RawSpan) throws(MessageError) {
        var reader = AttributeReader(from: GenericFamily.headerByteCount)
        while let attribute = try reader.next(in: body) {
            switch attribute.type {
            case WireGuardMessages.type(WGDEVICE_A_PRIVATE_KEY):
                let key = WireGuardSecret(bytes: try body.bytes(attribute))
                status.privateKey = key.flatMap { $0.isZero ? nil : $0 }
            case WireGuardMessages.type(WGDEVICE_A_LISTEN_PORT):
                status.listenPort = try body.integer(attribute)
            case WireGuardMessages.type(WGDEVICE_A_FWMARK):
                let mark = try body.integer(attribute, as: UInt32.self)
                status.firewallMark = mark == 0 ? nil : mark
            case WireGuardMessages.type(WGDEVICE_A_PEERS):
                var peers = AttributeReader(nestedIn: attribute)
                while let peer = try peers.next(in: body) { try addPeer(peer, in: body) }
            default: break
            }
        }
    }

    private mutating func addPeer(_ nest: AttributeReader.Attribute, in body: RawSpan) throws(MessageError) {
        var key: WireGuardKey?
        var attributes: [AttributeReader.Attribute] = []
        var reader = AttributeReader(nestedIn: nest)
        while let attribute = try reader.next(in: body) {
            if attribute.type == WireGuardMessages.type(WGPEER_A_PUBLIC_KEY) {
                key = WireGuardKey(bytes: try body.bytes(attribute))
            } else {
                attributes.append(attribute)
            }
        }
        guard let key else { return }
        var peer = status.peers[key] ?? .init(peer: WireGuardPeer(publicKey: key))
        for attribute in attributes { try peer.read(attribute, in: body, now: now) }
        status.peers[key] = peer
    }
}

extension WireGuardStatus.Peer {
    fileprivate mutating func read(
        _ attribute: AttributeReader.Attribute,
        in body: RawSpan,
        now: Duration
    ) throws(MessageError) {
        switch attribute.type {
        case WireGuardMessages.type(WGPEER_A_PRESHARED_KEY):
            let key = WireGuardSecret(bytes: try body.bytes(attribute))
            peer.presharedKey = key.flatMap { $0.isZero ? nil : $0 }
        case WireGuardMessages.type(WGPEER_A_ENDPOINT):
            peer.endpoint = WireGuardEndpoint(socketAddress: try body.bytes(attribute))
        case WireGuardMessages.type(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL):
            let seconds = try body.integer(attribute, as: UInt16.self)
            peer.keepalive = seconds == 0 ? nil : .seconds(seconds)
        case WireGuardMessages.type(WGPEER_A_LAST_HANDSHAKE_TIME):
            let time = try body.structure(attribute, as: KernelTime.self)
            handshakeAge = Self.handshakeAge(seconds: time.seconds, nanoseconds: time.nanoseconds, now: now)
        case WireGuardMessages.type(WGPEER_A_RX_BYTES): receivedByteCount = try body.integer(attribute)
        case WireGuardMessages.type(WGPEER_A_TX_BYTES): sentByteCount = try body.integer(attribute)
        case WireGuardMessages.type(WGPEER_A_ALLOWEDIPS):
            var prefixes = AttributeReader(nestedIn: attribute)
            while let nest = try prefixes.next(in: body) {
                if let prefix = try IPPrefix(nest, in: body) { peer.allowedPrefixes.insert(prefix) }
            }
        default: break
        }
    }

    /// The age of a handshake at a time since 1970; nil for time zero, which stands for none.
    ///
    /// The wall clock may have been set back since: an age is never negative.
    static func handshakeAge(seconds: Int64, nanoseconds: Int64, now: Duration) -> Duration? {
        guard seconds != 0 || nanoseconds != 0 else { return nil }
        // A time far off, which a clock that was set has left, still fits a duration.
        let bound: Int64 = 1 << 40
        let age = now - .seconds(min(max(seconds, -bound), bound)) - .nanoseconds(min(max(nanoseconds, 0), 999_999_999))
        return max(age, .zero)
    }
}

/// `struct __kernel_timespec`.
private struct KernelTime: BitwiseCopyable {
    var seconds: Int64
    var nanoseconds: Int64
}

extension IPPrefix {
    /// Reads an entry of `WGPEER_A_ALLOWEDIPS`; nil of one that is no prefix of IP.
    fileprivate init?(_ nest: AttributeReader.Attribute, in body: RawSpan) throws(MessageError) {
        var address: IPAddress?
        var length: UInt8?
        var reader = AttributeReader(nestedIn: nest)
        while let attribute = try reader.next(in: body) {
            switch attribute.type {
            case WireGuardMessages.type(WGALLOWEDIP_A_IPADDR): address = try body.address(attribute)
            case WireGuardMessages.type(WGALLOWEDIP_A_CIDR_MASK): length = try body.integer(attribute)
            default: break
            }
        }
        guard let address, let length else { return nil }
        self.init(address, length: Int(length))
    }
}
