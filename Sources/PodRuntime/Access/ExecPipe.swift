import CLinux
import Glibc
import Netlink
import PodLauncher
import Synchronization

/// An end of a pipe or a terminal, closed with this object; reading and writing wait without blocking.
final class ExecPipe: Sendable {
    private struct State {
        var isClosed = false
        /// How many read or write just now: the number must stay this file's as long as one of them waits for it.
        var users = 0
    }

    private let descriptor: Int32
    private let state = Mutex(State())
    private let watch: DescriptorWatch

    init(_ descriptor: Int32, _ watch: DescriptorWatch) {
        _ = clinux_set_nonblocking(descriptor)
        self.descriptor = descriptor
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

    /// Ends reading and writing; the last of those who are at it closes the descriptor.
    func close() {
        let isLast = state.withLock { state in
            guard !state.isClosed else { return false }
            state.isClosed = true
            return state.users == 0
        }
        if isLast { Glibc.close(descriptor) } else { watch.abandon(descriptor) }
    }

    /// Says that the descriptor is in use; false where it is closed.
    private func enter() -> Bool {
        state.withLock { state in
            if !state.isClosed { state.users += 1 }
            return !state.isClosed
        }
    }

    private func leave() {
        let isLast = state.withLock { state in
            state.users -= 1
            return state.isClosed && state.users == 0
        }
        if isLast { Glibc.close(descriptor) }
    }

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Does something with the descriptor while it is open.
    func with(_ body: (Int32) -> Void) {
        guard enter() else { return }
        body(descriptor)
        leave()
    }

    /// What comes next; nil at the end.
    func read() async throws -> [UInt8]? {
        guard enter() else { return nil }
        defer { leave() }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while !isClosed {
            // In bounds: the array's own start and size.
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            let number = errno
            if count > 0 { return Array(chunk[..<count]) }
            // A terminal that nobody has open any more gives EIO.
            guard count < 0, number == EAGAIN || number == EINTR else { return nil }
            if number == EAGAIN { try await watch.readable(descriptor) }
        }
        return nil
    }

    /// Writes everything; what nobody reads any more is dropped.
    func write(_ bytes: [UInt8]) async throws {
        guard enter() else { return }
        defer { leave() }
        var rest = bytes[...]
        while !rest.isEmpty, !isClosed {
            // In bounds: the slice's own start and size.
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            let number = errno
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if number == EAGAIN {
                try await watch.writable(descriptor)
            } else if number != EINTR {
                return
            }
        }
    }
}
