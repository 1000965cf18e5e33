import Glibc
import KubernetesClient

/// The files of a folder that hold manifests.
struct ManifestFolder: Sendable {
    /// What stands behind a name.
    enum Entry: Sendable, Equatable {
        /// A file; `isShared` where it has several names, so that it was not just made by being written.
        case file(isShared: Bool)
        /// A symbolic link, whatever it leads to.
        case link
        /// A folder, a socket or the like.
        case other
    }

    /// The folder's path.
    let path: String

    /// True where a name is that of a manifest: not hidden, and no copy that an editor keeps.
    static func isManifest(_ name: String) -> Bool {
        guard !name.hasPrefix("."), !name.hasPrefix("#") else { return false }
        return name.hasSuffix(".yaml") || name.hasSuffix(".yml") || name.hasSuffix(".json")
    }

    /// The names of the manifests, in order.
    func names() throws(LocalFile.ReadError) -> [String] {
        guard let directory = opendir(path) else { throw LocalFile.ReadError(path: path, errno: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                // In bounds: the kernel ends a name with a zero byte within the field.
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            if Self.isManifest(name) { names.append(name) }
        }
        return names.sorted()
    }

    /// What stands behind a name; nil for nothing.
    func entry(_ name: String) -> Entry? {
        var status = stat()
        guard lstat("\(path)/\(name)", &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file(isShared: status.st_nlink > 1)
        case S_IFLNK: return .link
        default: return .other
        }
    }

    /// True where a name leads to a file, through links or not.
    func leadsToFile(_ name: String) -> Bool {
        var status = stat()
        return stat("\(path)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// The bytes of a manifest.
    func read(_ name: String) throws(LocalFile.ReadError) -> [UInt8] {
        try LocalFile.read("\(path)/\(name)")
    }
}
