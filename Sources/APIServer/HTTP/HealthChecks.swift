import JSON
import KubernetesAPI

/// Whether the server lives, and whether it is ready.
///
/// Source: `k8s.io/apiserver/pkg/server/healthz`.
struct HealthChecks: Sendable {
    /// One thing that is looked at.
    struct Check: Sendable {
        /// Such as `etcd`.
        var name: String
        /// At which paths it is looked at.
        var paths: Set<String>
        /// Nil where it is well; what is wrong otherwise.
        var problem: @Sendable () async -> String?
    }

    /// All checks, in the order in which they are told.
    let checks: [Check]

    /// Answers `/healthz`, `/livez`, `/readyz`, and the paths of single checks below them.
    func answer(_ segments: [String], query: QueryParameters) async -> Reply {
        let endpoint = segments[0]
        let own = checks.filter { $0.paths.contains(endpoint) }
        if segments.count > 1 {
            let name = segments[1...].joined(separator: "/")
            guard let check = own.first(where: { $0.name == name }) else {
                return Reply(status: 404, text: "404 page not found\n")
            }
            guard let problem = await check.problem() else { return Reply(text: "ok") }
            return Reply(status: 500, text: "internal server error: \(problem)\n")
        }
        let excluded = Set(query.all("exclude"))
        var lines = ""
        var hasFailed = false
        for check in own {
            if excluded.contains(check.name) {
                lines += "[+]\(check.name) excluded: ok\n"
            } else if await check.problem() != nil {
                // What is wrong is in the log: strangers may ask here.
                lines += "[-]\(check.name) failed: reason withheld\n"
                hasFailed = true
            } else {
                lines += "[+]\(check.name) ok\n"
            }
        }
        let unknown = excluded.subtracting(own.map(\.name)).sorted()
        if !unknown.isEmpty {
            let names = unknown.map { "\"\($0)\"" }.joined(separator: ", ")
            lines += "warn: some health checks cannot be excluded: no matches for \(names)\n"
        }
        if hasFailed { return Reply(status: 500, text: "\(lines)\(endpoint) check failed\n") }
        guard query["verbose"] != nil else { return Reply(text: "ok") }
        return Reply(text: "\(lines)\(endpoint) check passed\n")
    }
}
