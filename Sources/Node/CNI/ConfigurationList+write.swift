import Glibc
import JSON
import Observability

extension ConfigurationList {
    /// Writes our file where the folder has none of anybody; makes the folder.
    ///
    /// Our own of a former run is written anew where it says something else.
    ///
    /// - Returns: The path of what was written; nil where nothing had to be.
    static func write(to folder: String, socket: String, stateFolder: String) throws(SmallFile.AccessError) -> String? {
        try Folder.make(folder)
        let path = "\(folder)/\(fileName)"
        let names = try Folder.names(in: folder).filter(isConfiguration)
        guard names.isEmpty || names.contains(fileName) else { return nil }
        let text = String(decoding: make(socket: socket, stateFolder: stateFolder).json, as: UTF8.self) + "\n"
        if (try? SmallFile.read(path)) == text { return nil }
        try SmallFile.replace(path, with: text)
        return path
    }
}

extension ConfigurationList {
    /// Why pods can get no network; nil where there is a configuration.
    static func problem(in folder: String) -> String? {
        guard let names = try? Folder.names(in: folder) else {
            return "cannot read the folder \(folder) (--cni-conf-dir)"
        }
        return names.contains(where: isConfiguration)
            ? nil : "cni plugin not initialized: there is no *.conflist in \(folder) (--cni-conf-dir)"
    }
}

/// Folders, as far as they are needed here.
enum Folder {
    /// Makes a folder and those above it; one that is there is left as it is.
    static func make(_ path: String) throws(SmallFile.AccessError) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/\(part)"
            guard mkdir(made, 0o755) == 0 || errno == EEXIST else {
                throw SmallFile.AccessError(path: made, errno: errno)
            }
        }
    }

    /// The names of what is in a folder, in order.
    static func names(in path: String) throws(SmallFile.AccessError) -> [String] {
        guard let directory = opendir(path) else { throw SmallFile.AccessError(path: path, errno: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
