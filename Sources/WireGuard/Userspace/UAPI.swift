import Addressing
import Glibc

/// The text that `wireguard-go` speaks on its socket: lines `key=value`, a blank line at the end.
///
/// https://www.wireguard.com/xplatform/, "Configuration Protocol".
enum UAPI {
    /// How many bytes of text one request may have; each is one write.
    static let byteCountLimit = 64 << 10

    // MARK: Requests

    /// The request for the device and its peers.
    static let get = "get=1\n\n"

    /// The request that changes the device itself.
    static func set(_ change: DeviceChange) -> String {
        var text = "set=1\n"
        if let key = change.privateKey { text += "private_key=\(key.key.hex)\n" }
        if let port = change.listenPort { text += "listen_port=\(port)\n" }
        if let mark = change.firewallMark { text += "fwmark=\(mark)\n" }
        return text + "\n"
    }

    /// The request that changes peers, in order; one of ``batches(of:)``.
    static func set(_ steps: [PeerStep]) -> String {
        var text = "set=1\n"
        for step in steps {
            text += "public_key=\(step.publicKey.key.hex)\n"
            guard !step.isRemoval else {
                text += "remove=true\n"
                continue
            }
            switch step.presharedKey {
            case .secret(let secret): text += "preshared_key=\(secret.key.hex)\n"
            case .some(.none): text += "preshared_key=\(String(repeating: "0", count: 2 * KeyBytes.byteCount))\n"
            case nil: break
            }
            if let endpoint = step.endpoint { text += "endpoint=\(endpoint)\n" }
            if let seconds = step.keepaliveSeconds { text += "persistent_keepalive_interval=\(seconds)\n" }
            for prefix in step.prefixes { text += "allowed_ip=\(prefix)\n" }
        }
        return text + "\n"
    }

    /// Steps grouped into requests.
    static func batches(of steps: [PeerStep]) -> [[PeerStep]] {
        // The lines of a peer have at most 75 + 78 + 61 + 36 bytes, those of a prefix 54.
        PeerStep.batches(of: steps, limit: byteCountLimit, overhead: 256, prefixByteCount: 56)
    }

    // MARK: Answers

    /// Why an answer is not one.
    enum AnswerError: Error, Equatable {
        /// A line is not `key=value`, or its value is not of the key's type.
        case badLine(String)
        /// The answer ends without `errno=`.
        case noErrorNumber
    }

    /// The error number that an answer ends with, positive; 0 for success.
    static func errorNumber(of answer: [UInt8]) throws(AnswerError) -> Int32 {
        var found: Int32?
        for line in answer.split(separator: UInt8(ascii: "\n")) {
            guard line.starts(with: "errno=".utf8) else { continue }
            found = try number(line.dropFirst("errno=".utf8.count), Int32.self)
        }
        guard let found else { throw .noErrorNumber }
        return found == .min ? .max : abs(found)
    }

    /// Reads the answer to ``get``. Keys that are not known here are skipped: newer programs say more.
    static func status(_ answer: [UInt8], now: Duration) throws(AnswerError) -> WireGuardStatus {
        var status = WireGuardStatus()
        var peer: PeerLines?
        for line in answer.split(separator: UInt8(ascii: "\n")) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { throw bad(line) }
            let key = String(decoding: line[..<equals], as: UTF8.self)
            let value = line[line.index(after: equals)...]
            if key == "public_key" {
                peer?.add(to: &status, now: now)
                guard let bytes = KeyBytes(hex: String(decoding: value, as: UTF8.self)) else { throw bad(line) }
                peer = PeerLines(publicKey: WireGuardKey(bytes))
            } else if try peer?.read(key, value) == nil {
                try status.read(key, value)
            }
        }
        peer?.add(to: &status, now: now)
        return status
    }

    static func bad(_ line: some Sequence<UInt8>) -> AnswerError {
        // Secrets are in lines too: only the key is quoted.
        .badLine(String(decoding: line.prefix { $0 != UInt8(ascii: "=") }.prefix(64), as: UTF8.self))
    }

    static func number<Value: FixedWidthInteger>(
        _ text: ArraySlice<UInt8>,
        _ type: Value.Type
    ) throws(AnswerError) -> Value {
        guard let value = Value(String(decoding: text, as: UTF8.self)) else { throw .badLine("a number") }
        return value
    }
}

/// What the lines of one peer said so far.
private struct PeerLines {
    var status: WireGuardStatus.Peer
    var handshakeSeconds: Int64 = 0
    var handshakeNanoseconds: Int64 = 0

    init(publicKey: WireGuardKey) {
        status = WireGuardStatus.Peer(peer: WireGuardPeer(publicKey: publicKey))
    }

    mutating func read(_ key: String, _ value: ArraySlice<UInt8>) throws(UAPI.AnswerError) {
        switch key {
        case "preshared_key":
            guard let bytes = KeyBytes(hex: String(decoding: value, as: UTF8.self)) else { throw .badLine(key) }
            let secret = WireGuardSecret(bytes)
            status.peer.presharedKey = secret.isZero ? nil : secret
        case "endpoint":
            // An endpoint with a zone, fe80::1%eth0, which we never set, is told as none.
            status.peer.endpoint = WireGuardEndpoint(String(decoding: value, as: UTF8.self))
        case "last_handshake_time_sec": handshakeSeconds = try UAPI.number(value, Int64.self)
        case "last_handshake_time_nsec": handshakeNanoseconds = try UAPI.number(value, Int64.self)
        case "rx_bytes": status.receivedByteCount = try UAPI.number(value, UInt64.self)
        case "tx_bytes": status.sentByteCount = try UAPI.number(value, UInt64.self)
        case "persistent_keepalive_interval":
            let seconds = try UAPI.number(value, UInt16.self)
            status.peer.keepalive = seconds == 0 ? nil : .seconds(seconds)
        case "allowed_ip":
            guard let prefix = IPPrefix(String(decoding: value, as: UTF8.self)) else { throw .badLine(key) }
            status.peer.allowedPrefixes.insert(prefix)
        default: break
        }
    }

    func add(to device: inout WireGuardStatus, now: Duration) {
        var peer = status
        peer.handshakeAge = WireGuardStatus.Peer.handshakeAge(
            seconds: handshakeSeconds,
            nanoseconds: handshakeNanoseconds,
            now: now
        )
        device.peers[peer.peer.publicKey] = peer
    }
}

extension WireGuardStatus {
    fileprivate mutating func read(_ key: String, _ value: ArraySlice<UInt8>) throws(UAPI.AnswerError) {
        switch key {
        case "private_key":
            guard let bytes = KeyBytes(hex: String(decoding: value, as: UTF8.self)) else { throw .badLine(key) }
            let secret = WireGuardSecret(bytes)
            privateKey = secret.isZero ? nil : secret
        case "listen_port": listenPort = try UAPI.number(value, UInt16.self)
        case "fwmark":
            let mark = try UAPI.number(value, UInt32.self)
            firewallMark = mark == 0 ? nil : mark
        default: break
        }
    }
}
