import CLinux
import Glibc

/// The pipes that a container writes its log to: each gets its turn, whatever comes out of the other.
struct LogStreams {
    private var streams: [(descriptor: Int32, entries: LogEntries)]
    private var chunk = [UInt8](repeating: 0, count: Self.pipeSize)

    /// What a pipe holds, unless somebody changes that.
    private static let pipeSize = 65_536

    init(output: Int32, errors: Int32) {
        streams = [(output, LogEntries(stream: "stdout")), (errors, LogEntries(stream: "stderr"))]
        for stream in streams { _ = clinux_set_nonblocking(stream.descriptor) }
    }

    /// To be waited for; -1 for what has ended.
    var descriptors: [Int32] { streams.map(\.descriptor) }

    /// Reads once from each, what there is; as entries of the log.
    mutating func read() -> [UInt8] {
        var log: [UInt8] = []
        for index in streams.indices { _ = read(index, into: &log) }
        return log
    }

    /// The rest, after the container has ended: what was in the pipes by then. Its leftovers may write on and on.
    mutating func finish() -> [UInt8] {
        var log: [UInt8] = []
        for index in streams.indices {
            var rest = Self.pipeSize
            while rest > 0 {
                let count = read(index, into: &log)
                guard count > 0 else { break }
                rest -= count
            }
            log += streams[index].entries.finish(at: .now())
        }
        return log
    }

    /// Reads once; how much came.
    private mutating func read(_ index: Int, into log: inout [UInt8]) -> Int {
        guard streams[index].descriptor >= 0 else { return 0 }
        while true {
            // In bounds: the array's own start and size.
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe Glibc.read(streams[index].descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            if count > 0 {
                log += streams[index].entries.add(chunk[..<count], at: .now())
            } else if count == 0 || errno != EAGAIN {
                close(streams[index].descriptor)
                streams[index].descriptor = -1
            }
            return max(0, count)
        }
    }
}
