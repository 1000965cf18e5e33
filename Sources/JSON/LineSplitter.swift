/// Cuts a stream of chunks into lines, whatever the size of the chunks.
///
/// Watches of Kubernetes and of etcd carry one event a line. A line may be longer than any chunk, or many lines may come in one.
package struct LineSplitter: Sendable {
    /// A line grew past the bound.
    package struct LineTooLong: Error, Equatable {
        /// The bound, in bytes.
        package var limit: Int
    }

    /// The longest line that is accepted, in bytes.
    package let limit: Int

    /// Bytes not yet handed out; those before `start` have been.
    private var buffer: [UInt8] = []
    private var start = 0
    /// Bytes before this index hold no line end, so that a slow line is not searched again and again.
    private var searched = 0

    package init(limit: Int) {
        self.limit = limit
    }

    /// Takes in the next bytes of the stream.
    package mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            searched -= start
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// Returns the next whole line without its end, or nil where more bytes are needed. Empty lines are left out.
    package mutating func next() throws(LineTooLong) -> [UInt8]? {
        while let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = buffer[start..<end]
            start = end + 1
            searched = start
            guard line.count <= limit else { throw LineTooLong(limit: limit) }
            if !line.isEmpty { return Array(line) }
        }
        searched = buffer.count
        guard buffer.count - start <= limit else { throw LineTooLong(limit: limit) }
        return nil
    }

    /// True where the stream ended inside a line: what there is of it is worthless.
    package var endsInsideLine: Bool { buffer.count > start }
}
