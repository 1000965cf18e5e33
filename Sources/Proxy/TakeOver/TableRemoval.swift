import Addressing
import KubernetesClient
import Logging
import NFTables

/// Removes tables: ours for `--cleanup`, upstream kube-proxy's for `--take-over`.
struct TableRemoval: Sendable {
    let backend: any NFTablesBackend
    let logger: Logger
    var time = Timekeeper.continuous

    /// How often the removal of upstream's rules is tried.
    static let attempts = 5

    /// Removes our tables of both families; conntrack entries stay, so established connections go on.
    func removeOurs(named name: String) async throws {
        try await delete(IPFamily.allCases.map { TableID(family: TableFamily($0), name: name) })
    }

    /// Removes what upstream kube-proxy left, and says so; what fails is tried again after pauses of 1, 2, 4 and 8 seconds,
    /// and in the end logged: it does not keep ours from working.
    func removeUpstream() async {
        var pause = RetryPause()
        for attempt in 1...Self.attempts {
            let failures = await tryToRemoveUpstream()
            if failures.isEmpty { break }
            let isLast = attempt == Self.attempts
            let wait = pause.next()
            for (what, error) in failures {
                logger.log(
                    level: isLast ? .error : .warning,
                    isLast ? "cannot remove \(what)" : "cannot remove \(what), trying again",
                    metadata: isLast ? ["error": "\(error)"] : ["error": "\(error)", "after": "\(wait)"]
                )
            }
            if !isLast, await !time.sleepUnlessStopped(wait) { return }
        }
        warnOfLegacyRules()
    }

    /// Tries everything once; returns what could not be removed, and why.
    private func tryToRemoveUpstream() async -> [(what: String, error: any Error)] {
        var failures: [(what: String, error: any Error)] = []
        do {
            try await delete(UpstreamRules.tables)
        } catch {
            failures.append(("kube-proxy's tables", error))
        }
        for table in UpstreamRules.sharedTables {
            do {
                guard let snapshot = try await backend.snapshot(of: table, elementsOf: { _ in false }) else { continue }
                let removal = UpstreamRules.removal(from: snapshot)
                guard !removal.isEmpty else { continue }
                try await backend.commit(removal)
                logger.notice("removed kube-proxy's chains", metadata: ["table": "\(table)"])
            } catch {
                failures.append(("kube-proxy's chains in table \(table)", error))
            }
        }
        return failures
    }

    private func warnOfLegacyRules() {
        for file in ["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"] where isNotEmpty(file) {
            logger.warning(
                "there are legacy iptables rules, which nftables cannot see; if kube-proxy made them, remove them with its --cleanup",
                metadata: ["file": "\(file)"]
            )
        }
    }

    private func isNotEmpty(_ file: String) -> Bool { (try? SystemFiles().read(file)).map { !$0.isEmpty } ?? false }

    private func delete(_ tables: [TableID]) async throws {
        let present = Set(try await backend.tables().map(\.id))
        var transaction = Transaction()
        for table in tables where present.contains(table) { transaction.deleteTable(table) }
        guard !transaction.isEmpty else { return }
        try await backend.commit(transaction)
        for table in tables where present.contains(table) {
            logger.notice("removed a table", metadata: ["table": "\(table)"])
        }
    }
}
