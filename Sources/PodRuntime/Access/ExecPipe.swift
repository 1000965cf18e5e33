import CLinux
import Glibc
import Netlink
import PodLauncher
import Synchronization

/// An end of a pipe or a terminal, closed with this object; reading and writing wait without blocking.
final class ExecPipe: Sendable {
    private let descriptor: Mutex<Int32>
    private let watch: DescriptorWatch

    init(_ descriptor: Int32, _ watch: DescriptorWatch) {
        _ = clinux_set_nonblocking(descriptor)
        self.descriptor = Mutex(descriptor)
        self.watch = watch
    }

    deinit { close() }

    /// Both ends of a new pipe.
    static func make() throws(NetlinkError) -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        // In bounds: the call writes two numbers.
        let result = unsafe clinux_pipe(&ends)
        guard result == 0 else { throw NetlinkError(operation: "make a pipe", errno: -result) }
        return (ends[0], ends[1])
    }

    func close() {
        let open = descriptor.withLock { descriptor in
            defer { descriptor = -1 }
            return descriptor
        }
        guard open >= 0 else { return }
        watch.abandon(open)
        Glibc.close(open)
    }

    /// Does something with the descriptor while it is open.
    func with(_ body: (Int32) -> Void) {
        descriptor.withLock { descriptor in if descriptor >= 0 { body(descriptor) } }
    }

    /// What comes next; nil at the end.
    func read() async throws -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            var (count, number, open): (Int, Int32, Int32) = (0, 0, -1)
            descriptor.withLock { descriptor in
                open = descriptor
                guard descriptor >= 0 else { return }
                // In bounds: the array's own start and size.
                count = unsafe chunk.withUnsafeMutableBytes {
                    unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
                }
                number = errno
            }
            guard open >= 0 else { return nil }
            if count > 0 { return Array(chunk[..<count]) }
            // A terminal that nobody has open any more gives EIO.
            guard count < 0, number == EAGAIN || number == EINTR else { return nil }
            if number == EAGAIN { try await watch.readable(open) }
        }
    }

    /// Writes everything; what nobody reads any more is dropped.
    func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            var (count, number, open): (Int, Int32, Int32) = (0, 0, -1)
            descriptor.withLock { descriptor in
                open = descriptor
                guard descriptor >= 0 else { return }
                // In bounds: the slice's own start and size.
                count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
                number = errno
            }
            guard open >= 0 else { return }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if number == EAGAIN {
                try await watch.writable(open)
            } else if number != EINTR {
                return
            }
        }
    }
}
