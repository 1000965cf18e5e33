import Glibc

/// The few things that are done with folders and small files for hosts and their processes.
public enum HostFiles {
    /// The names in a folder, without `.` and `..`; empty where it cannot be read.
    public static func names(in path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        // In bounds: the entry lives until the next call, and its name ends in NUL.
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Whether there is a file or folder of that path.
    public static func isThere(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// What a file holds, at most so many bytes of it from its beginning; nil where it cannot be read.
    public static func bytes(of path: String, limit: Int) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit, 65_536))
        while bytes.count < limit {
            // In bounds: the array's own start and size.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += chunk[..<min(count, limit - bytes.count)]
        }
        return bytes
    }

    /// The text of a file, at most so many bytes of it; nil where it cannot be read.
    public static func text(of path: String, limit: Int) -> String? {
        bytes(of: path, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Writes a file anew, beside the old one, and puts it in its place.
    ///
    /// - Parameter mode: Who may read it; by default only its owner.
    /// - Returns: The errno of what failed; nil for nothing.
    @discardableResult
    public static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) -> Int32? {
        let fresh = path + ".new"
        let descriptor = unsafe open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { return errno }
        var written = 0
        while written < bytes.count {
            // In bounds: what of the array has not been written.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        let error = errno
        close(descriptor)
        guard written == bytes.count else {
            unsafe unlink(fresh)
            return error
        }
        return unsafe rename(fresh, path) == 0 ? nil : errno
    }

    /// Makes a folder, and those it is in.
    ///
    /// - Returns: The errno of what failed; nil for nothing.
    @discardableResult
    public static func makeFolder(_ path: String, mode: UInt32 = 0o755) -> Int32? {
        var whole = ""
        for part in path.split(separator: "/") {
            whole += "/\(part)"
            guard unsafe mkdir(whole, mode) == 0 || errno == EEXIST else { return errno }
        }
        return nil
    }

    /// Removes a file, or a folder with all that is in it; symbolic links are removed, not followed. What cannot be
    /// removed, such as a folder with something mounted on it, stays.
    public static func remove(_ path: String) {
        // A folder is on the stack twice: to be looked into, and then to be removed.
        var stack = [(path: path, isRead: false)]
        while let (path, isRead) = stack.popLast() {
            if isRead {
                unsafe rmdir(path)
                continue
            }
            guard unsafe unlink(path) != 0, errno == EISDIR || errno == EPERM else { continue }
            stack.append((path, true))
            stack += names(in: path).map { ("\(path)/\($0)", false) }
        }
    }

    /// Where a symbolic link leads; nil where there is none.
    public static func target(of path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        // In bounds: the array's own start and size.
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return -1 }
            return unsafe readlink(path, start.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Takes away all mounts in a folder, and on it, the last one first.
    public static func unmountAll(in folder: String) {
        guard let text = text(of: "/proc/self/mountinfo", limit: 16 << 20) else { return }
        // `36 35 98:0 /mnt1 /mnt2 rw,noatime …`: the fifth field is the place, with blanks as `\040`.
        let places = text.split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(separator: " ")
            return fields.count > 4 ? String(fields[4]) : nil
        }
        for place in places.reversed() where place == folder || place.hasPrefix(folder + "/") {
            unsafe umount2(place.replacing(#"\040"#, with: " "), 2 /* MNT_DETACH */)
        }
    }

    /// Where control groups of version 2 are mounted; nil where they are not.
    public static func controlGroupMount() -> String? {
        guard let text = text(of: "/proc/self/mountinfo", limit: 16 << 20) else { return nil }
        for line in text.split(separator: "\n") {
            // Optional fields lie between the place and a dash, after which the file system's type follows.
            guard let dash = line.firstRange(of: " - ") else { continue }
            let fields = line[..<dash.lowerBound].split(separator: " ")
            if line[dash.upperBound...].hasPrefix("cgroup2 "), fields.count > 4 { return String(fields[4]) }
        }
        return nil
    }

    /// Whether somebody listens on a TCP port in the network namespace of a process.
    public static func isListening(_ process: Int32, port: UInt16) -> Bool {
        let digits = String(port, radix: 16, uppercase: true)
        let end = ":" + String(repeating: "0", count: 4 - digits.count) + digits
        return ["tcp", "tcp6"].contains { file in
            guard let text = text(of: "/proc/\(process)/net/\(file)", limit: 4 << 20) else { return false }
            // `0: 0100007F:094B 00000000:0000 0A …`: the own address, the other one, and state 10, which listens.
            return text.split(separator: "\n").contains { line in
                let fields = line.split(separator: " ", maxSplits: 4)
                return fields.count > 3 && fields[1].hasSuffix(end) && fields[3] == "0A"
            }
        }
    }
}
