import Observability

/// The targets that were changed by command, on disk: a restart goes on with them, not with the command line's.
struct TargetStore: Sendable {
    /// The file.
    let path: String

    /// What was kept; nil where no command has changed anything.
    func read() -> [String]? {
        (try? SmallFile.read(path))?.split(separator: "\n").map(String.init)
    }

    /// Keeps these.
    func write(_ targets: [String]) throws(SmallFile.AccessError) {
        try SmallFile.replace(path, with: targets.map { "\($0)\n" }.joined())
    }
}
