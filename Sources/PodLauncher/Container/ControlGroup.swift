import Glibc

/// A container's cgroup, of version 2.
package enum ControlGroup {
    /// Makes the calling process a member.
    static func join(_ folder: String) throws(LauncherError) {
        guard SmallFiles.set("\(folder)/cgroup.procs", "0\n") else {
            throw LauncherError("enter the cgroup \(folder)", errno: errno)
        }
    }

    /// Whether the kernel ended a process in it for want of memory.
    static func hasRunOutOfMemory(_ folder: String) -> Bool {
        guard let bytes = try? SmallFiles.read("\(folder)/memory.events", limit: 4096) else { return false }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").contains { line in
            line.hasPrefix("oom_kill ") && line != "oom_kill 0"
        }
    }

    /// Ends all processes in it and below it, and removes it where it is empty by then.
    @discardableResult
    package static func end(_ folder: String) -> Bool {
        SmallFiles.set("\(folder)/cgroup.kill", "1\n")
        return unsafe rmdir(folder) == 0 || errno == ENOENT
    }
}
