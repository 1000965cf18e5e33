/// Cuts what a program writes into entries of CRI's log format: `TIME STREAM F TEXT`, or `P` for a part of a line
/// whose rest follows.
///
/// Format: `design-proposals-archive/node/kubelet-cri-logging.md`. A line is cut after 16 KiB, as other runtimes do,
/// so what is held in memory is bounded.
package struct LogEntries: Sendable {
    /// Bytes of text in one entry at most.
    package static let partLimit = 16_384

    private let stream: [UInt8]
    private var line: [UInt8] = []

    /// Entries of `stdout` or `stderr`.
    package init(stream: String) { self.stream = Array(stream.utf8) }

    /// The entries of what is complete now.
    package mutating func add(_ bytes: some Sequence<UInt8>, at time: WallClock) -> [UInt8] {
        var entries: [UInt8] = []
        let stamp = Array(time.text.utf8)
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                append(to: &entries, stamp, isFull: true)
            } else {
                if line.count == Self.partLimit { append(to: &entries, stamp, isFull: false) }
                line.append(byte)
            }
        }
        return entries
    }

    /// The entry of what came without an end of line.
    package mutating func finish(at time: WallClock) -> [UInt8] {
        var entries: [UInt8] = []
        if !line.isEmpty { append(to: &entries, Array(time.text.utf8), isFull: true) }
        return entries
    }

    private mutating func append(to entries: inout [UInt8], _ stamp: [UInt8], isFull: Bool) {
        entries += stamp
        entries.append(UInt8(ascii: " "))
        entries += stream
        entries += isFull ? Array(" F ".utf8) : Array(" P ".utf8)
        entries += line
        entries.append(UInt8(ascii: "\n"))
        line.removeAll(keepingCapacity: true)
    }
}
