import Addressing
import Glibc
import PodLauncher

/// A TCP connection of a probe, from the node's own network.
final class ProbeConnection: Sendable {
    private let descriptor: Int32
    private let watch: DescriptorWatch
    private let authority: String
    /// Bytes of an answer that are read at most.
    private static let limit = 40 << 10

    init(_ address: IPAddress, _ port: UInt16, _ watch: DescriptorWatch) async throws {
        self.watch = watch
        authority = address.family == .ipv6 ? "[\(address)]:\(port)" : "\(address):\(port)"
        descriptor = try SocketAddress(bytes: address.networkBytes, port: port).connect()
        // Waits until it is connected or has failed; then the socket says which.
        try await watch.writable(descriptor)
        var (error, size): (Int32, socklen_t) = (0, socklen_t(MemoryLayout<Int32>.size))
        // In bounds: the one number.
        _ = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
        guard error == 0 else { throw LauncherError("dial tcp \(authority): connect", errno: error) }
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            // In bounds: the slice's own start and size. A reader that is gone is no signal.
            let count = unsafe rest.withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                try await watch.writable(descriptor)
            } else if errno != EINTR {
                throw LauncherError("write to \(authority)", errno: errno)
            }
        }
    }

    /// What comes next; nothing at the end.
    func read() async throws -> ArraySlice<UInt8> {
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            // In bounds: the array's own start and size.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count >= 0 { return chunk[..<count] }
            if errno == EAGAIN {
                try await watch.readable(descriptor)
            } else if errno != EINTR {
                throw LauncherError("read from \(authority)", errno: errno)
            }
        }
    }

    /// Sends a GET and judges the answer.
    func http(_ probe: HTTPProbe) async throws -> ProbeRunner.Outcome {
        try await write(probe.request)
        var answer: [UInt8] = []
        while !HTTPProbe.isEnough(answer) {
            let more = try await read()
            if more.isEmpty { break }
            answer += more
        }
        return probe.outcome(answer)
    }

    // MARK: gRPC

    /// Asks `grpc.health.v1.Health/Check`, by the HTTP/2 frames of one call (RFC 9113, RFC 7541 without Huffman).
    func healthCheck(service: String) async throws -> ProbeRunner.Outcome {
        let name = service
        let service = Array(name.utf8.prefix(100))
        let message = service.isEmpty ? [] : [0x0a, UInt8(service.count)] + service
        var call = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        call += Self.frame(type: 4, flags: 0, stream: 0, [])
        call += Self.frame(type: 1, flags: 4, stream: 1, headers())
        call += Self.frame(type: 0, flags: 1, stream: 1, [0, 0, 0, 0, UInt8(message.count)] + message)
        try await write(call)
        var input: [UInt8] = []
        while input.count < Self.limit {
            let more = try await read()
            if more.isEmpty { break }
            input += more
            switch Self.healthAnswer(in: input) {
            case nil: continue
            case .status(1): return .init(isSuccess: true, message: "")
            case .status(let status):
                let names: [UInt8: String] = [0: "UNKNOWN", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"]
                return .init(
                    isSuccess: false,
                    message: "service unhealthy (responded with \"\(names[status] ?? "\(status)")\")"
                )
            case .refused:
                return .init(
                    isSuccess: false,
                    message: "error: this server does not serve the health check, or does not know service \"\(name)\""
                )
            }
        }
        return .init(isSuccess: false, message: "error: the server does not answer the health check")
    }

    private func headers() -> [UInt8] {
        // Fields of the static table by their numbers, everything else literally and without indexing.
        var block: [UInt8] = [0x83, 0x86]
        for (prefix, value) in [
            ([0x04], "/grpc.health.v1.Health/Check"), ([0x01], authority), ([0x0f, 0x10], "application/grpc"),
            ([0x00, 2] + Array("te".utf8), "trailers"),
        ] as [([UInt8], String)] {
            let text = Array(value.utf8.prefix(100))
            block += prefix + [UInt8(text.count)] + text
        }
        return block
    }

    private static func frame(type: UInt8, flags: UInt8, stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let count = payload.count
        return [0, UInt8(count >> 8 & 0xff), UInt8(count & 0xff), type, flags, 0, 0, 0, stream] + payload
    }

    /// What a server says to a health check.
    enum HealthAnswer: Sendable, Hashable {
        /// `HealthCheckResponse.ServingStatus`.
        case status(UInt8)
        /// The call ended without a message.
        case refused
    }

    /// What an answer says; nil where that has not come.
    static func healthAnswer(in bytes: [UInt8]) -> HealthAnswer? {
        var rest = bytes[...]
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            guard rest.count >= 9 + length else { return nil }
            let payload = Array(rest.dropFirst(9).prefix(length))
            rest = rest.dropFirst(9 + length)
            // GOAWAY, RST_STREAM, and headers that end the call.
            if head[3] == 7 || head[8] == 1 && (head[3] == 3 || head[3] == 1 && head[4] & 1 != 0) { return .refused }
            guard head[3] == 0, head[8] == 1 else { continue }
            let isPadded = head[4] & 8 != 0
            let data = payload.dropFirst(isPadded ? 1 : 0)
            guard data.count >= 5 else { continue }
            let message = Array(data.dropFirst(5))
            // Field 1, a varint; absent for 0.
            return .status(message.count >= 2 && message[0] == 8 ? message[1] : 0)
        }
        return nil
    }
}
