import Dispatch
import Glibc
import Synchronization

/// What the kernel reports of a watched folder, gathered until it is asked for.
///
/// One inotify instance; bounded: where more is reported than is asked for, only the fact that something was is kept.
/// Layout of the events: `include/uapi/linux/inotify.h`, `struct inotify_event`.
package final class Inotify: Sendable {
    /// One report.
    struct Event: Sendable, Equatable {
        /// The watch that it belongs to.
        var watch: Int32
        /// `IN_…` bits.
        var mask: UInt32
        /// The entry of the folder that is meant; empty for the folder itself.
        var name: String
    }

    /// Reports since the last time they were asked for.
    struct Reports: Sendable, Equatable {
        /// In the order in which they came.
        var events: [Event] = []
        /// True where some were lost (`IN_Q_OVERFLOW`, or too many were waiting): everything must be looked at.
        var lostSome = false

        var isEmpty: Bool { events.isEmpty && !lostSome }

        /// Takes in one more, as long as there is room.
        mutating func append(_ event: Event) {
            if event.mask & UInt32(IN_Q_OVERFLOW) != 0 || events.count >= Inotify.waitingLimit {
                lostSome = true
            } else {
                events.append(event)
            }
        }
    }

    /// A call that the kernel refused.
    package struct CallError: Error, Equatable, CustomStringConvertible {
        package var call: String
        package var errno: Int32

        package var description: String { "\(call): \(String(cString: strerror(errno)))" }
    }

    /// Reports that may wait to be asked for; more than a folder that a person edits ever brings.
    static let waitingLimit = 4096

    private let descriptor: Int32
    // Used in init and deinit alone, so never by two threads at once; Dispatch has not marked it Sendable on Linux.
    nonisolated(unsafe) private let source: any DispatchSourceRead
    private let reports = Mutex(Reports())
    private let arrivals: AsyncStream<Void>

    init() throws(CallError) {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { throw CallError(call: "inotify_init1", errno: errno) }
        self.descriptor = descriptor
        // One waiting arrival is enough: whoever is woken takes all reports there are.
        let (arrivals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.arrivals = arrivals
        source = DispatchSource.makeReadSource(
            fileDescriptor: descriptor,
            queue: DispatchQueue(label: "trama.inotify")
        )
        source.setEventHandler { [weak self] in
            self?.drain()
            continuation.yield()
        }
        source.setCancelHandler {
            close(descriptor)
            continuation.finish()
        }
        source.activate()
    }

    deinit {
        source.cancel()
    }

    /// Watches a folder or file; returns the number of the watch.
    func add(_ path: String, mask: UInt32) throws(CallError) -> Int32 {
        let watch = inotify_add_watch(descriptor, path, mask)
        guard watch >= 0 else { throw CallError(call: "inotify_add_watch \(path)", errno: errno) }
        return watch
    }

    /// Ends a watch. Reports of it that are under way still come.
    func remove(_ watch: Int32) {
        // It fails only where the kernel ended the watch itself, because the folder is gone.
        _ = inotify_rm_watch(descriptor, watch)
    }

    /// Waits for reports and takes them all; nil where the task is cancelled.
    func next() async -> Reports? {
        for await _ in arrivals {
            let taken = take()
            if !taken.isEmpty { return taken }
        }
        return nil
    }

    /// Takes the reports there are now.
    func take() -> Reports {
        reports.withLock { reports in
            defer { reports = Reports() }
            return reports
        }
    }

    private func drain() {
        let capacity = 64 << 10
        while true {
            let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                // In bounds: the buffer has room for `capacity` bytes.
                count = max(read(descriptor, buffer.baseAddress, capacity), 0)
            }
            guard !bytes.isEmpty else { return }
            reports.withLock { reports in
                for event in Self.decode(bytes) { reports.append(event) }
            }
        }
    }

    /// Reads `struct inotify_event` one after the other: watch, mask, cookie, length of the name; then the name.
    static func decode(_ bytes: [UInt8]) -> [Event] {
        let headerSize = 16
        var events: [Event] = []
        var offset = 0
        while offset + headerSize <= bytes.count {
            let length = Int(number(bytes, at: offset + 12))
            let nameStart = offset + headerSize
            guard length <= bytes.count - nameStart else { break }
            let name = bytes[nameStart..<(nameStart + length)].prefix { $0 != 0 }
            events.append(
                Event(
                    watch: Int32(bitPattern: number(bytes, at: offset)),
                    mask: number(bytes, at: offset + 4),
                    name: String(decoding: name, as: UTF8.self)
                )
            )
            offset = nameStart + length
        }
        return events
    }

    /// A number in the byte order of the machine, which the kernel uses.
    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        #if _endian(little)
        let order = [3, 2, 1, 0]
        #else
        let order = [0, 1, 2, 3]
        #endif
        return order.reduce(0) { $0 << 8 | UInt32(bytes[offset + $1]) }
    }
}
