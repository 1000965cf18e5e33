import CLinux
import Glibc
import Netlink
import Synchronization

/// What a program writes, through a pipe: its beginning is kept, and the rest read and dropped, so that the program
/// neither waits nor fills the memory.
final class OutputReader: Sendable {
    /// The end for the program; close it with ``closeWriter()``.
    let writer: Int32
    private let reader: Int32
    private let watch: DescriptorWatch
    private let limit: Int
    private let state: Mutex<(bytes: [UInt8], isWriterOpen: Bool)>

    /// - Parameter limit: How many bytes are kept.
    init(_ watch: DescriptorWatch, keeping limit: Int) throws(NetlinkError) {
        (reader, writer) = try ExecPipe.make()
        _ = clinux_set_nonblocking(reader)
        self.watch = watch
        self.limit = limit
        state = Mutex((bytes: [], isWriterOpen: true))
    }

    deinit {
        closeWriter()
        close(reader)
    }

    /// Gives up the program's end, once it has it.
    func closeWriter() {
        let wasOpen = state.withLock { state in
            defer { state.isWriterOpen = false }
            return state.isWriterOpen
        }
        if wasOpen { close(writer) }
    }

    /// What has been kept.
    var content: [UInt8] { state.withLock { $0.bytes } }

    /// Reads to the end, or until the task is cancelled and what the pipe held then has been read.
    func run() async {
        while read(atMost: .max) {
            guard (try? await watch.readable(reader)) != nil else {
                // No more than a pipe holds: somebody else may write on and on.
                _ = read(atMost: 1 << 16)
                return
            }
        }
    }

    /// Reads what is there; false at the end.
    private func read(atMost count: Int) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var rest = min(count, 1 << 20)
        while rest > 0 {
            // In bounds: the array's own start and size.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(reader, $0.baseAddress, $0.count) }
            let number = errno
            if count < 0, number == EINTR { continue }
            guard count > 0 else { return count < 0 && number == EAGAIN }
            rest -= count
            state.withLock { $0.bytes += chunk.prefix(min(count, limit - $0.bytes.count)) }
        }
        return true
    }
}
