import Glibc
import Netlink

/// A namespace that programs can find by name, `trama-t-PID-N`, as `ip netns` makes them; removed with this object.
///
/// Only for what needs a name: everything else uses anonymous namespaces, which cannot be left behind.
final class NamedNamespace: Sendable {
    let name: String

    /// Makes the namespace; those of test processes that are gone are removed first.
    init() async throws {
        try await Self.sweep
        name = "\(Self.prefix)\(getpid())-\(Self.numbers.next())"
        _ = try await Program.run(["ip", "netns", "add", name], in: NetworkNamespace.current())
    }

    deinit {
        Self.remove(name)
    }

    private static let prefix = "trama-t-"
    private static let numbers = Counter()

    /// Runs once for the process.
    private static let sweepTask = Task.detached {
        for name in try names() where isStale(name) { remove(name) }
    }

    private static var sweep: Void {
        get async throws { try await sweepTask.value }
    }

    /// Whether the test process that made the namespace is gone.
    static func isStale(_ name: String) -> Bool {
        guard name.hasPrefix(prefix), let process = name.dropFirst(prefix.count).split(separator: "-").first,
            let number = pid_t(process)
        else { return false }
        return kill(number, 0) != 0 && errno == ESRCH
    }

    static func names() throws -> [String] {
        guard let directory = opendir(NetworkNamespace.directory) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { name in
                    name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return names
    }

    /// Takes the mount off the name's file, then removes the file, as `ip netns del` does.
    private static func remove(_ name: String) {
        let path = "\(NetworkNamespace.directory)/\(name)"
        umount2(path, 2 /* MNT_DETACH */)
        unlink(path)
    }
}
