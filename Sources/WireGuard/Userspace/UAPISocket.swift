import Glibc

/// A connection to the socket of a running `wireguard-go`.
struct UAPISocket: ~Copyable {
    private let descriptor: Int32
    /// How long the program may take to answer, in seconds.
    private let seconds: Int

    /// The largest answer that is read: that of some ten thousand peers.
    static let byteCountLimit = 64 << 20

    private init(owning descriptor: Int32, seconds: Int) {
        self.descriptor = descriptor
        self.seconds = seconds
    }

    deinit {
        close(descriptor)
    }

    /// What is at a path.
    enum Found: ~Copyable {
        /// A program that listens.
        case program(UAPISocket)
        /// A socket that nobody listens at: its program died.
        case stale
        /// Nothing.
        case nothing
    }

    /// Connects to the socket at a path.
    ///
    /// - Parameters:
    ///   - path: The socket's path.
    ///   - seconds: How long each part of an exchange may take.
    static func connect(_ path: String, seconds: Int) throws(WireGuardError) -> Found {
        let operation = "connect to \(path)"
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw WireGuardError(operation, errno: errno) }
        let connection = UAPISocket(owning: descriptor, seconds: seconds)
        try connection.setTimeouts(operation)

        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let size = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < size else { throw WireGuardError(operation, errno: ENAMETOOLONG) }
        // In bounds: fewer bytes than the field has, so that a NUL stays at its end.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            // In bounds: the one address, whose size is given.
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe Glibc.connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result != 0 else { return .program(connection) }
        switch errno {
        case ENOENT, ENOTDIR: return .nothing
        case ECONNREFUSED: return .stale
        case let error: throw WireGuardError(operation, errno: error)
        }
    }

    private borrowing func setTimeouts(_ operation: String) throws(WireGuardError) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            // In bounds: the call reads the one timeval.
            guard
                unsafe setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size)) == 0
            else { throw WireGuardError(operation, errno: errno) }
        }
    }

    /// Sends a request and returns the answer, whose error number is 0.
    ///
    /// After an error the connection is of no use: the program may not have read the whole request.
    borrowing func exchange(_ operation: String, _ request: String) throws(WireGuardError) -> [UInt8] {
        try send(operation, Array(request.utf8))
        let answer = try receive(operation)
        let error: Int32
        do throws(UAPI.AnswerError) {
            error = try UAPI.errorNumber(of: answer)
        } catch {
            throw WireGuardError(malformed: error, operation)
        }
        guard error == 0 else { throw WireGuardError(operation, errno: error) }
        return answer
    }

    private borrowing func send(_ operation: String, _ bytes: [UInt8]) throws(WireGuardError) {
        var offset = 0
        while offset < bytes.count {
            // In bounds: the rest of the array.
            let count = unsafe bytes[offset...].withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw WireGuardError(operation, errno: errno) }
            offset += count
        }
    }

    /// Reads up to the blank line that ends an answer.
    private borrowing func receive(_ operation: String) throws(WireGuardError) -> [UInt8] {
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while !answer.suffix(2).elementsEqual("\n\n".utf8) {
            // In bounds: the array's own start and size.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw WireGuardError(operation, errno: errno) }
            guard count > 0 else {
                throw WireGuardError(.gone, operation, "wireguard-go ended before it answered")
            }
            answer += chunk[..<count]
            guard answer.count <= Self.byteCountLimit else {
                throw WireGuardError(.malformed, operation, "wireguard-go's answer has no end")
            }
        }
        return answer
    }

    /// Whether the program closed the connection, as it does when it ends; does not wait.
    borrowing func isClosed() -> Bool {
        var byte: UInt8 = 0
        // In bounds: one byte.
        let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT | MSG_PEEK))
        return count == 0 || count < 0 && errno != EAGAIN && errno != EINTR
    }
}

extension WireGuardError {
    /// The error of an answer that is none.
    init(malformed error: UAPI.AnswerError, _ operation: String) {
        let reason =
            switch error {
            case .badLine(let what): "a line of it, \(what), is not as it should be"
            case .noErrorNumber: "it has no error number"
            }
        self.init(.malformed, operation, "wireguard-go's answer is no answer: \(reason)")
    }

    /// The error of a call on the socket, or the one that an answer says.
    init(_ operation: String, errno: Int32) {
        switch errno {
        case EAGAIN, ETIMEDOUT:
            self.init(
                .timedOut,
                operation,
                "wireguard-go did not answer in time; it hangs, or the machine is overloaded"
            )
        case EPIPE, ECONNRESET:
            self.init(.gone, operation, "wireguard-go ended")
        case EADDRINUSE:
            self.init(.portInUse, operation, "the UDP port is in use by another program")
        default:
            self.init(.refused(errno: errno), operation, SystemError.text(of: errno))
        }
    }
}
