import Glibc
import JSON
import Logging
import Testing

@testable import PodLauncher
@testable import PodRuntime

/// How many pods a node takes.
@Suite struct PodLimitTests {
    private struct Nothing: PodEnvironment {
        func data(_ kind: PodDataKind, namespace: String, name: String) async throws -> [String: [UInt8]] {
            throw PodEnvironmentError.notFound
        }
    }

    private func pod(_ name: String, phase: String = "Pending") -> JSONValue {
        [
            "metadata": ["name": .string(name), "namespace": "ns", "uid": .string(name)],
            "spec": ["containers": [["name": "c", "image": "trama.dev/pause"]]],
            "status": ["phase": .string(phase)],
        ]
    }

    private func phase(of name: String, in reports: inout AsyncStream<PodReport>.Iterator) async -> String? {
        while let report = await reports.next(isolation: #isolation) {
            if report.uid == name { return report.status["phase"]?.string }
        }
        return nil
    }

    @Test(.timeLimit(.minutes(1))) func `pods that have ended take no place`() async {
        let folder = "/tmp/trama-limit-\(getpid())"
        defer { SmallFiles.removeAll(folder) }
        let runtime = PodRuntime(
            configuration: PodRuntimeConfiguration(
                nodeName: "n",
                nodeAddresses: [],
                stateFolder: folder,
                logFolder: "\(folder)/log",
                // No network can be made: pods that are taken wait for one.
                cniConfigurationFolder: "\(folder)/nothing",
                launcher: "/nowhere",
                maxPods: 1
            ),
            environment: Nothing(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await runtime.run() }
            var reports = runtime.reports.makeAsyncIterator()
            await runtime.apply(pod("done", phase: "Succeeded"))
            await runtime.apply(pod("first"))
            #expect(await phase(of: "first", in: &reports) == "Pending")
            await runtime.apply(pod("second"))
            #expect(await phase(of: "second", in: &reports) == "Failed")
            await runtime.apply(pod("done-too", phase: "Failed"))
            await runtime.apply(pod("third"))
            #expect(await phase(of: "third", in: &reports) == "Failed")
            group.cancelAll()
        }
    }
}
