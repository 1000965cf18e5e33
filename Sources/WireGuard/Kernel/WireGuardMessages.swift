import Addressing
import CLinux
import Glibc
import Netlink

/// The messages of the kernel's family `wireguard` (`include/uapi/linux/wireguard.h`).
enum WireGuardMessages {
    /// What the kernel calls the family, and links of this kind.
    static let name = "wireguard"

    /// How many bytes one request may have: well below what a nest (65,535) and a socket's send buffer hold.
    static let byteCountLimit = 16 << 10

    // MARK: Requests

    /// A request for the device and its peers; to be dumped.
    static func get(_ device: String, of family: GenericFamily) -> MessageWriter {
        var message = MessageWriter()
        message.message(family, command: command(WG_CMD_GET_DEVICE), flags: []) { message in
            message.attribute(type(WGDEVICE_A_IFNAME), string: device)
        }
        return message
    }

    /// A request that changes the device itself.
    static func set(_ device: String, _ change: DeviceChange, of family: GenericFamily) -> MessageWriter {
        var message = MessageWriter()
        message.message(family, command: command(WG_CMD_SET_DEVICE), flags: []) { message in
            message.attribute(type(WGDEVICE_A_IFNAME), string: device)
            if let key = change.privateKey { message.attribute(type(WGDEVICE_A_PRIVATE_KEY), bytes: key.bytes) }
            if let port = change.listenPort { message.attribute(type(WGDEVICE_A_LISTEN_PORT), port) }
            if let mark = change.firewallMark { message.attribute(type(WGDEVICE_A_FWMARK), mark) }
        }
        return message
    }

    /// A request that changes peers, in order; one of ``PeerStep/batches(of:limit:overhead:prefixByteCount:)``.
    static func set(_ device: String, _ steps: [PeerStep], of family: GenericFamily) -> MessageWriter {
        var message = MessageWriter(capacity: byteCountLimit)
        message.message(family, command: command(WG_CMD_SET_DEVICE), flags: []) { message in
            message.attribute(type(WGDEVICE_A_IFNAME), string: device)
            message.nested(type(WGDEVICE_A_PEERS)) { message in
                for step in steps { message.nested(0) { encode(step, into: &$0) } }
            }
        }
        return message
    }

    /// Steps grouped into requests.
    static func batches(of steps: [PeerStep]) -> [[PeerStep]] {
        // A peer's settings with all headers have at most 144 bytes. An IPv6 prefix: headers of the nest and its three
        // attributes, and their padded values.
        PeerStep.batches(of: steps, limit: byteCountLimit, overhead: 144, prefixByteCount: 4 + 8 + 20 + 8)
    }

    private static func encode(_ step: PeerStep, into message: inout MessageWriter) {
        message.attribute(type(WGPEER_A_PUBLIC_KEY), bytes: step.publicKey.bytes)
        guard !step.isRemoval else {
            message.attribute(type(WGPEER_A_FLAGS), WGPEER_F_REMOVE_ME.rawValue)
            return
        }
        switch step.presharedKey {
        case .secret(let key): message.attribute(type(WGPEER_A_PRESHARED_KEY), bytes: key.bytes)
        case .some(.none): message.attribute(type(WGPEER_A_PRESHARED_KEY), bytes: KeyBytes.zeros)
        case nil: break
        }
        if let endpoint = step.endpoint { message.attribute(type(WGPEER_A_ENDPOINT), bytes: endpoint.socketAddress) }
        if let seconds = step.keepaliveSeconds {
            message.attribute(type(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL), seconds)
        }
        guard !step.prefixes.isEmpty else { return }
        message.nested(type(WGPEER_A_ALLOWEDIPS)) { message in
            for prefix in step.prefixes {
                message.nested(0) { message in
                    message.attribute(type(WGALLOWEDIP_A_FAMILY), prefix.family.socketFamilyNumber)
                    message.attribute(type(WGALLOWEDIP_A_IPADDR), address: prefix.address)
                    message.attribute(type(WGALLOWEDIP_A_CIDR_MASK), UInt8(clamping: prefix.length))
                }
            }
        }
    }

    // MARK: Numbers

    static func command(_ command: wg_cmd) -> UInt8 { UInt8(truncatingIfNeeded: command.rawValue) }
    static func type(_ type: wgdevice_attribute) -> UInt16 { UInt16(truncatingIfNeeded: type.rawValue) }
    static func type(_ type: wgpeer_attribute) -> UInt16 { UInt16(truncatingIfNeeded: type.rawValue) }
    static func type(_ type: wgallowedip_attribute) -> UInt16 { UInt16(truncatingIfNeeded: type.rawValue) }
}

extension IPFamily {
    /// `AF_INET` or `AF_INET6`.
    var socketFamilyNumber: UInt16 {
        switch self {
        case .ipv4: UInt16(AF_INET)
        case .ipv6: UInt16(AF_INET6)
        }
    }

    /// The family of a `sa_family`; nil of another one.
    init?(socketFamilyNumber number: UInt16) {
        switch Int32(number) {
        case AF_INET: self = .ipv4
        case AF_INET6: self = .ipv6
        default: return nil
        }
    }
}

extension WireGuardEndpoint {
    /// `struct sockaddr_in` (16 bytes) or `sockaddr_in6` (28 bytes): family host-endian, the rest in network order.
    var socketAddress: [UInt8] {
        // In bounds: the two bytes of the number.
        var bytes = unsafe withUnsafeBytes(of: address.family.socketFamilyNumber) { unsafe Array($0) }
        bytes += [UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port)]
        if address.family == .ipv6 { bytes += [0, 0, 0, 0] }  // sin6_flowinfo
        address.appendNetworkBytes(to: &bytes)
        bytes += [UInt8](repeating: 0, count: address.family == .ipv6 ? 4 : 8)  // sin6_scope_id, sin_zero
        return bytes
    }

    /// Reads a `struct sockaddr_in` or `sockaddr_in6`; nil of another family, or where it is cut short.
    init?(socketAddress bytes: [UInt8]) {
        guard bytes.count >= 16 else { return nil }
        // In bounds: at least sixteen bytes were checked above.
        let family = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: UInt16.self) }
        let place: Range<Int>
        switch IPFamily(socketFamilyNumber: family) {
        case .ipv4: place = 4..<8
        case .ipv6: place = 8..<24
        case nil: return nil
        }
        guard bytes.count >= place.upperBound, let address = IPAddress(networkBytes: bytes[place]) else { return nil }
        self.init(address: address, port: UInt16(bytes[2]) << 8 | UInt16(bytes[3]))
    }
}
