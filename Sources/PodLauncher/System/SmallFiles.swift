package import Glibc

/// Whole files of moderate size.
package enum SmallFiles {
    /// Reads a file to its end.
    ///
    /// - Throws: Where it cannot be read, or holds more than `limit` bytes.
    package static func read(_ path: String, limit: Int = 4 << 20) throws(LauncherError) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw LauncherError("read \(path)", errno: errno) }
        defer { close(file) }
        return try read(descriptor: file, path, limit: limit)
    }

    /// Reads what is left of an open file.
    package static func read(
        descriptor: Int32,
        _ name: String,
        limit: Int = 4 << 20
    ) throws(LauncherError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 32_768)
        while true {
            // In bounds: the array's own start and size.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw LauncherError("read \(name)", errno: errno) }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else { throw LauncherError("read \(name)", errno: EFBIG) }
            bytes += chunk[..<count]
        }
    }

    /// Writes all bytes; false where that fails, and `errno` says why.
    @discardableResult
    package static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            // In bounds: the slice's own start and size.
            let count = unsafe bytes[offset...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }

    /// Writes a file beside the old one and puts it in its place: readers see the one or the other.
    ///
    /// - Parameters:
    ///   - user: Whose it becomes, with `group`; nil leaves it this process's.
    ///   - isSynced: Whether it must outlive a loss of power; without, it outlives this process only.
    package static func replace(
        _ path: String,
        _ bytes: [UInt8],
        mode: mode_t = 0o600,
        user: UInt32? = nil,
        group: UInt32? = nil,
        isSynced: Bool = false
    ) throws(LauncherError) {
        let temporary = "\(path).new"
        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw LauncherError("write \(temporary)", errno: errno) }
        let isOwned = user == nil && group == nil || fchown(file, user ?? .max, group ?? .max) == 0
        // After the change of owners, which takes bits away.
        guard isOwned, fchmod(file, mode) == 0, writeAll(bytes, to: file), !isSynced || fsync(file) == 0
        else {
            let number = errno
            close(file)
            throw LauncherError("write \(temporary)", errno: number)
        }
        close(file)
        guard unsafe rename(temporary, path) == 0 else { throw LauncherError("write \(path)", errno: errno) }
    }

    /// Writes into a file that is there, as those of `/proc/sys` and of cgroups are; false where that fails.
    @discardableResult
    package static func set(_ path: String, _ text: String) -> Bool {
        let file = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return writeAll(Array(text.utf8), to: file)
    }

    /// Makes a folder and those above it.
    package static func makeFolder(_ path: String, mode: mode_t = 0o755) throws(LauncherError) {
        if unsafe mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw LauncherError("make folder \(path)", errno: errno)
        }
        try makeFolder(String(path[..<slash]), mode: mode)
        guard unsafe mkdir(path, mode) == 0 || errno == EEXIST else {
            throw LauncherError("make folder \(path)", errno: errno)
        }
    }

    /// The names in a folder; none where there is no folder.
    package static func names(in path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            // In bounds: the kernel terminates `d_name` within its 256 bytes.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file or a folder with all that is in it; symbolic links are not followed, and what is mounted on is
    /// left.
    package static func removeAll(_ path: String, depth: Int = 64) {
        if unsafe unlink(path) == 0 || errno == ENOENT || depth == 0 { return }
        for name in names(in: path) { removeAll("\(path)/\(name)", depth: depth - 1) }
        unsafe rmdir(path)
    }

    /// When a file was last written, in civil time; nil where there is none.
    package static func modificationTime(_ path: String) -> WallClock? {
        var entry = stat()
        // In bounds: the call writes one structure.
        guard unsafe stat(path, &entry) == 0 else { return nil }
        return WallClock(seconds: Int64(entry.st_mtim.tv_sec), nanoseconds: Int64(entry.st_mtim.tv_nsec))
    }

    /// Whether there is something at the path.
    package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}
