import Glibc
import LabNetwork
import Netlink

/// Takes away what a run made: processes in its namespaces, their names, and its folder.
///
/// Everything a run makes carries the number of its process, so that the next run finds what a killed one left.
enum Leftovers {
    /// What the names of a run's namespaces begin with.
    static let prefix = "trama-test-"
    /// The same for what was left on purpose.
    static let keptPrefix = "trama-kept-"
    /// Where runs have their folders.
    static let folder = "/run/trama-test"

    /// Removes all of one run.
    static func remove(_ run: String) async {
        let names = NamespaceDirectory.names().filter { $0.hasPrefix("\(run)-") || $0.hasPrefix("\(run)_") }
        var identifiers: Set<UInt64> = []
        for name in names {
            guard let namespace = try? NetworkNamespace(name: name), let number = try? namespace.identifier() else {
                continue
            }
            identifiers.insert(number)
        }
        await Reaper().kill(LabProcess.all(inNetworkNamespaces: identifiers))
        for name in names { LabHost.remove(name: name) }
        NamespaceDirectory.removeIfEmpty()
        HostFiles.remove("\(folder)/\(run)")
        unsafe rmdir(folder)
    }

    /// Removes what runs left whose process is gone.
    ///
    /// - Parameter alsoKept: Also what was left on purpose.
    static func removeStale(alsoKept: Bool = false) async {
        var runs: Set<String> = []
        for name in NamespaceDirectory.names() + HostFiles.names(in: folder) {
            if let run = run(of: name, prefix), isGone(run, prefix) { runs.insert(run) }
            if alsoKept, let run = run(of: name, keptPrefix) { runs.insert(run) }
        }
        for run in runs.sorted() { await remove(run) }
    }

    /// `trama-test-123-4` of `trama-test-123-4-web`, `trama-test-123-4_router` and `trama-test-123-4`.
    static func run(of name: String, _ prefix: String) -> String? {
        guard name.hasPrefix(prefix) else { return nil }
        let numbers = name.dropFirst(prefix.count).split(whereSeparator: { $0 == "-" || $0 == "_" }).prefix(2)
        guard numbers.count == 2, numbers.allSatisfy({ Int32($0) != nil }) else { return nil }
        return prefix + numbers.joined(separator: "-")
    }

    private static func isGone(_ run: String, _ prefix: String) -> Bool {
        guard let process = run.dropFirst(prefix.count).split(separator: "-").first.flatMap({ Int32($0) }) else {
            return false
        }
        return kill(process, 0) != 0 && errno == ESRCH
    }
}

/// Kills processes and waits for their ends on a thread of its own: a task that was cancelled cannot wait otherwise.
private actor Reaper {
    private let executor = ThreadExecutor(name: "reaper")

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    func kill(_ processes: [LabProcess]) {
        for process in processes { process.signal(SIGKILL) }
        var left = processes
        for _ in 0..<1000 where !left.isEmpty {
            left.removeAll { !$0.isAlive }
            if !left.isEmpty { usleep(2000) }
        }
    }
}
