import Glibc
import Netlink

/// Which processor threads run on.
///
/// Where two threads that answer each other run on one processor, a round trip takes a third of what it takes where each
/// has to wake the other's out of its sleep; which of both it is would be chance.
enum Processor {
    /// How many there are.
    static var count: Int { Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
    /// The one for threads that answer each other: not the first, which has the machine's own work.
    static var common: Int { count - 1 }

    /// Runs `body` with the calling thread on that processor.
    static func on(_ processor: Int, _ body: () throws -> Void) throws {
        try pin("\(processor)")
        defer { try? pin("0-\(count - 1)") }
        try body()
    }

    /// Has the calling thread run on these processors only. The system call is behind `_GNU_SOURCE`.
    static func pin(_ processors: String) throws {
        var buffer = [CChar](repeating: 0, count: 64)
        // 1234/task/1236
        let length = max(readlink("/proc/thread-self", &buffer, buffer.count), 0)
        let path = String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let thread = path.split(separator: "/").last.map(String.init) ?? ""
        try Program.run(["taskset", "-p", "-c", processors, thread], in: .current())
    }
}
