import CLinux
import Glibc
package import JSON

/// A process, told from another one that later has the same number by the time at which it started.
package struct ProcessIdentity: Sendable, Hashable {
    /// Its number.
    package let number: Int32
    /// When it started, in clock ticks since the machine did (`/proc/PID/stat`, field 22).
    package let startTicks: UInt64

    /// The process that has this number now; nil where there is none, or it has ended and is a zombie.
    package init?(number: Int32) {
        guard number > 0, let fields = Self.fields(of: number), let ticks = UInt64(fields[19]),
            fields[0] != "Z", fields[0] != "X"
        else { return nil }
        self.number = number
        startTicks = ticks
    }

    /// A process of which both are known.
    package init(number: Int32, startTicks: UInt64) {
        self.number = number
        self.startTicks = startTicks
    }

    /// Whether it still runs.
    package var isAlive: Bool { ProcessIdentity(number: number) == self }

    /// A descriptor of the process (`pidfd_open(2)`), readable when it has ended; nil where it has. The caller
    /// closes it.
    package func open() -> Int32? {
        let descriptor = clinux_pidfd_open(number)
        guard descriptor >= 0 else { return nil }
        // The descriptor stays that of the process that had the number; so what is checked now stays true.
        guard isAlive else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Sends a signal, never to another process; false where it has ended.
    @discardableResult
    package func signal(_ signal: Int32) -> Bool {
        guard let descriptor = open() else { return false }
        defer { close(descriptor) }
        return clinux_pidfd_signal(descriptor, signal) == 0
    }

    /// The fields of `/proc/PID/stat` from the state on: the name before may have anything in it.
    private static func fields(of number: Int32) -> [Substring]? {
        guard let bytes = try? SmallFiles.read("/proc/\(number)/stat", limit: 4096) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? fields : nil
    }
}

extension ProcessIdentity {
    /// Reads what ``json`` wrote.
    package init?(json: JSONValue?) {
        guard let number = json?["pid"]?.integer, let ticks = json?["start"]?.integer,
            let number = Int32(exactly: number), let ticks = UInt64(exactly: ticks), number > 0
        else { return nil }
        self.init(number: number, startTicks: ticks)
    }

    /// The two numbers.
    package var json: JSONValue { ["pid": .integer(number), "start": .integer(startTicks)] }
}
