import PodLauncher

/// A folder with a link for each program that the host's busybox has; made when it is first needed.
actor BusyboxLinks {
    private let path: String
    /// The outcome; nil before it was tried, and in it nil where there is no busybox.
    private var outcome: String??

    init(folder: String) { path = folder }

    /// The folder; nil where the host has no busybox. Then its own programs have to do.
    func folder(_ runner: ProgramRunner) async -> String? {
        if let outcome { return outcome }
        let programs = ProgramSet.path.split(separator: ":").map { "\($0)/busybox" }
        var folder: String?
        if let program = programs.first(where: SmallFiles.exists), (try? SmallFiles.makeFolder(path)) != nil {
            // It refuses what is there already, from an earlier run.
            _ = try? await runner.run([program, "--install", "-s", path], limit: .seconds(10))
            if SmallFiles.exists("\(path)/sh") { folder = path }
        }
        outcome = .some(folder)
        return folder
    }
}
