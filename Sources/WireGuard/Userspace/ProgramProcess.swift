import Glibc
import Netlink

/// Finds the process of a `wireguard-go` that does not answer on its socket.
enum ProgramProcess {
    /// The processes of a namespace whose last argument is the device, and whose first is a program of that name.
    ///
    /// - Parameters:
    ///   - program: The program's path, of which the file's name counts.
    ///   - device: The device's name.
    ///   - namespace: Where the processes are.
    static func find(_ program: String, _ device: String, in namespace: borrowing NetworkNamespace) -> [pid_t] {
        guard let wanted = try? namespace.identifier() else { return [] }
        let name = fileName(program)
        return processes().filter { process in
            let words = arguments(of: process)
            guard words.count >= 2, words.last == device, let first = words.first, fileName(first) == name else {
                return false
            }
            guard let other = try? NetworkNamespace(processID: process) else { return false }
            return (try? other.identifier()) == wanted
        }
    }

    private static func fileName(_ path: String) -> Substring {
        path.split(separator: "/").last ?? ""
    }

    /// The numbers of all processes that we see.
    private static func processes() -> [pid_t] {
        guard let folder = unsafe opendir("/proc") else { return [] }
        defer { unsafe closedir(folder) }
        var processes: [pid_t] = []
        while let entry = unsafe readdir(folder) {
            // In bounds: the name ends in NUL within its field.
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let process = pid_t(name) { processes.append(process) }
        }
        return processes
    }

    /// The words of a process's command line; empty of a process that is gone.
    private static func arguments(of process: pid_t) -> [String] {
        let descriptor = unsafe open("/proc/\(process)/cmdline", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        // In bounds: the array's own start and size.
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        return bytes.prefix(max(count, 0)).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
