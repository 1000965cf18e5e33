import Glibc

/// The programs that a node needs beside its own.
struct NodePrograms: Sendable, Equatable {
    /// The path of `trama-pod`.
    var launcher: String
    /// The folders of CNI plug-ins, the one with `trama-cni` among them.
    var pluginFolders: [String]

    /// Finds them: `trama-cni` in the folders told or beside our own program, `trama-pod` beside it or on the `PATH`.
    ///
    /// - Parameters:
    ///   - folders: The folders of plug-ins.
    ///   - own: Where our own program is (`/proc/self/exe`).
    ///   - search: Folders of the `PATH`.
    ///   - isProgram: Whether there is a program at a path.
    static func find(
        folders: [String],
        own: String?,
        search: [String],
        isProgram: (String) -> Bool
    ) throws(NodeConfigurationError) -> NodePrograms {
        let beside = own.flatMap { path in path.lastIndex(of: "/").map { String(path[..<$0]) } }
        let near = [beside].compactMap(\.self)
        let candidates = near + folders + search
        guard let launcher = candidates.map({ "\($0)/trama-pod" }).first(where: isProgram) else {
            throw NodeConfigurationError(
                "there is no trama-pod in \(candidates.joined(separator: ", ")): put it beside trama"
            )
        }
        var pluginFolders = folders
        if !folders.contains(where: { isProgram("\($0)/trama-cni") }) {
            guard let folder = (near + search).first(where: { isProgram("\($0)/trama-cni") }) else {
                throw NodeConfigurationError(
                    "there is no trama-cni in \((folders + near).joined(separator: ", ")): put it beside trama, or give "
                        + "its folder with --cni-bin-dir"
                )
            }
            pluginFolders.append(folder)
        }
        return NodePrograms(launcher: launcher, pluginFolders: pluginFolders)
    }

    /// Finds them on this machine.
    static func find(folders: [String]) throws(NodeConfigurationError) -> NodePrograms {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = count > 0 ? String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        return try find(
            folders: folders,
            own: own,
            search: path.split(separator: ":").map { String($0) },
            isProgram: { access($0, X_OK) == 0 }
        )
    }
}
