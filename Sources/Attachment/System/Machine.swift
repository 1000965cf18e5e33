import Glibc

/// What the machine says of itself and of the time.
enum Machine {
    /// Seconds since 1970, by the machine's clock.
    static func now() -> Int64 { seconds(CLOCK_REALTIME) }

    /// Seconds since the machine was started, sleep included.
    static func uptime() -> Int64 { seconds(CLOCK_BOOTTIME) }

    /// Milliseconds of a clock that only goes forwards.
    static func monotonicMilliseconds() -> Int64 {
        var time = timespec()
        // In bounds: the call writes the one structure.
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    private static func seconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // In bounds: the call writes the one structure.
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec)
    }

    /// The name of this boot: another one after each start of the machine.
    static func bootID() throws(AttachmentError) -> String {
        let path = "/proc/sys/kernel/random/boot_id"
        guard let file = FileDescriptor(path: path, O_RDONLY), let bytes = file.readAll(limit: 128) else {
            throw .failed("read \(path)")
        }
        return String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
    }

    /// A path without symbolic links; the path itself where there is nothing.
    static func realPath(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        // A C string that realpath(3) made for us.
        return unsafe String(cString: real)
    }

    /// Sleeps; signals do not matter.
    static func sleep(milliseconds: UInt32) { usleep(milliseconds * 1000) }
}
