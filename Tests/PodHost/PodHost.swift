import Addressing
import Glibc
import JSON
import Logging
import PodLauncher
import PodRuntime
import ServiceLifecycle
import UnixSignals

/// A node for tests: it runs the pods whose objects are in a folder, until somebody kills it.
///
/// `pod-host FOLDER LAUNCHER NODE-ADDRESS [stop]`; with `stop`, SIGTERM ends its pods. In FOLDER: `cni` and `cni-bin`, `pods/UID.json` (applied when it changes,
/// ended when it goes), `status/UID.json` (written), `asks/N.json` (`{"pod", "logs": {…}}` or `{"pod", "exec": […]}`),
/// `answers/N` (written).
@main
struct PodHost {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 4, let address = IPAddress(arguments[3]) else { exit(64) }
        let folder = arguments[1]
        let runtime = PodRuntime(
            configuration: PodRuntimeConfiguration(
                nodeName: "node-a",
                nodeAddresses: [address],
                stateFolder: "\(folder)/state",
                logFolder: "\(folder)/log",
                cniConfigurationFolder: "\(folder)/cni",
                cniProgramFolders: ["/usr/lib/cni"],
                launcher: arguments[2],
                clusterDNS: [.v4(0x0a60_000a)],
                // Of the folder's name, so that the next one finds the same.
                cgroup: "trama-test-\(folder.split(separator: "/").last ?? "")",
                maxPods: 50,
                stopsPods: arguments.dropFirst(4).first == "stop"
            ),
            environment: Cluster(),
            logger: Logger(label: "pods")
        )
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let group = ServiceGroup(
                    services: [PodService(runtime: runtime)],
                    gracefulShutdownSignals: [.sigterm],
                    logger: Logger(label: "services")
                )
                try await group.run()
                exit(0)
            }
            group.addTask {
                for await report in runtime.reports { write(report, folder) }
            }
            group.addTask { await follow(folder, runtime) }
        }
    }

    private static func write(_ report: PodReport, _ folder: String) {
        let json: JSONValue = [
            "status": report.status, "isFinished": .bool(report.isFinished),
            "notes": .array(report.notes.map { .string("\($0.reason): \($0.message)") }),
        ]
        try? SmallFiles.replace("\(folder)/status/\(report.uid).json", json.json)
    }

    private static func follow(_ folder: String, _ runtime: PodRuntime) async {
        var known: [String: [UInt8]] = [:]
        var answered: Set<String> = []
        while !Task.isCancelled {
            var present: Set<String> = []
            for name in SmallFiles.names(in: "\(folder)/pods") where name.hasSuffix(".json") {
                guard let bytes = try? SmallFiles.read("\(folder)/pods/\(name)") else { continue }
                present.insert(String(name.dropLast(5)))
                guard known[name] != bytes, let pod = try? JSONValue(json: bytes) else { continue }
                known[name] = bytes
                await runtime.apply(pod)
            }
            known = known.filter { present.contains(String($0.key.dropLast(5))) }
            await runtime.keep(present)
            for name in SmallFiles.names(in: "\(folder)/asks") where answered.insert(name).inserted {
                guard let bytes = try? SmallFiles.read("\(folder)/asks/\(name)"),
                    let ask = try? JSONValue(json: bytes)
                else { continue }
                let answer = await answer(ask, runtime)
                try? SmallFiles.replace("\(folder)/answers/\(name)", answer)
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func answer(_ ask: JSONValue, _ runtime: PodRuntime) async -> [UInt8] {
        let pod = ask["pod"]?.string ?? ""
        var text: [UInt8] = []
        do {
            if let command = ask["exec"]?.array?.compactMap(\.string) {
                let input = ask["input"]?.string
                let session = try await runtime.exec(
                    namespace: "default",
                    pod: pod,
                    container: ask["container"]?.string,
                    command: command,
                    tty: ask["tty"]?.bool ?? false,
                    stdin: input != nil
                )
                defer { session.end() }
                session.resize(columns: 111, rows: 22)
                if let input {
                    try await session.write(Array(input.utf8))
                    try await session.closeInput()
                }
                for try await bytes in session.standardOutput { text += bytes }
                for try await bytes in session.standardError { text += Array("[stderr]".utf8) + bytes }
                text += Array("[status \(try await session.exitStatus())]".utf8)
            } else {
                let wanted = ask["logs"]
                let reader = try await runtime.logs(
                    namespace: "default",
                    pod: pod,
                    container: ask["container"]?.string,
                    options: LogOptions(
                        follows: wanted?["follow"]?.bool ?? false,
                        tailLines: wanted?["tail"]?.integer,
                        hasTimestamps: wanted?["timestamps"]?.bool ?? false,
                        isPrevious: wanted?["previous"]?.bool ?? false,
                        limitBytes: wanted?["limit"]?.integer
                    )
                )
                for try await bytes in reader { text += bytes }
            }
        } catch {
            text += Array("[error \(error)]".utf8)
        }
        return text
    }
}

private struct PodService: Service {
    let runtime: PodRuntime
    func run() async throws { try await runtime.run() }
}

/// A cluster with one ConfigMap and one Secret.
private struct Cluster: PodEnvironment {
    func data(_ kind: PodDataKind, namespace: String, name: String) async throws -> [String: [UInt8]] {
        switch (kind, name) {
        case (.configMap, "settings"): ["colour": Array("blue".utf8), "size": Array("4".utf8)]
        case (.secret, "keys"): ["token": Array("hush".utf8)]
        default: throw PodEnvironmentError.notFound
        }
    }

    func serviceVariables(namespace: String) async -> [(name: String, value: String)] {
        [("KUBERNETES_SERVICE_HOST", "10.96.0.1"), ("REDIS_SERVICE_HOST", "10.96.0.7")]
    }
}
