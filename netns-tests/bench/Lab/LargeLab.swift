import Glibc
import KubernetesAPI
import KubernetesClient
import LabNetwork
import Netlink

/// Many nodes with many pods, with no more memory than asked for.
struct LargeLab {
    let lab: BenchLab
    let nodeCount: Int
    let podCount: Int
    /// In bytes; 0 for all that there is.
    let memory: Int

    func run() async throws {
        Report.section("A lab of \(nodeCount) nodes with \(podCount) pods", columns: ["", "value", "aim"])
        let occupied = try await OccupiedMemory.leaving(memory, on: lab.machine)
        let before = Self.available
        Report.value("memory available before, MiB", before.mebibytes)
        let lowest = Shared(before)
        let (up, rollout) = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    let now = Self.available
                    lowest.withLock { $0 = min($0, now) }
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            defer { group.cancelAll() }
            let up = try await lab.up(nodes: nodeCount)
            let start = ContinuousClock.now
            try await lab.kubectl("apply", "-f", "-", input: manifest)
            try await lab.kubectl("rollout", "status", "deployment/many", "--timeout", "900s")
            return (up, .now - start)
        }
        Report.value("`lab up`, its start to all nodes Ready, s", (up / .seconds(1)).text(1))
        Report.value("`kubectl apply` until all pods are available, s", (rollout / .seconds(1)).text(1))
        let pods = try await lab.withClient { try await $0.list(Pod.self).items.filter { $0.phase == "Running" } }
        Report.row("pods that run, on how many nodes", ["\(pods.count)", "\(Set(pods.map(\.nodeName)).count)"])
        let fall = before - lowest.withLock { $0 }
        Report.value("fall of the memory available at most, MiB", fall.mebibytes)
        let groups = ProcessMemory.groups(leavingOut: occupied.map { [$0.process] } ?? [])
        for group in groups {
            Report.value("  \(group.count) × \(group.name), share of memory (PSS), MiB", group.bytes.mebibytes)
        }
        let total = groups.reduce(0) { $0 + $1.bytes }
        Report.value("all processes of the lab (PSS), MiB", total.mebibytes)
        let limit = memory > 0 ? memory : before
        Report.check(
            "fall of the memory available",
            Double(fall) / 1_048_576,
            atMost: Double(limit) / 1_048_576,
            digits: 0,
            unit: " MiB"
        )
        if let occupied {
            let isThere = occupied.process.isAlive
            Report.row(
                "memory kept from it to the end",
                ["", isThere ? "yes" : "no", "yes", isThere ? "met" : "MISSED"]
            )
        }
        let down = try await lab.down()
        Report.value("`lab down` with all pods, s", (down / .seconds(1)).text(1))
        occupied?.end()
    }

    private static var available: Int { Memory.read("/proc/meminfo", "MemAvailable") }

    private var manifest: String {
        """
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"many","namespace":"default"},"spec":{"replicas":\
        \(podCount),"selector":{"matchLabels":{"app":"many"}},"template":{"metadata":{"labels":{"app":"many"}},"spec":\
        {"terminationGracePeriodSeconds":1,"containers":[{"name":"app","image":"trama.dev/echo","args":["8080"]}]}}}}
        """
    }
}

/// What processes have in memory, what they share in equal parts (`Pss` in `/proc/PID/smaps_rollup`).
struct ProcessMemory {
    /// Processes of one kind.
    struct Group {
        var name: String
        var count: Int
        var bytes: Int
    }

    /// All processes that this one sees, but itself and the shell that it was started by, the largest group first.
    static func groups(leavingOut others: [LabProcess]) -> [Group] {
        var groups: [String: Group] = [:]
        let others = Set(others.map(\.id) + [1])
        for process in LabProcess.all(where: { !others.contains($0) }) {
            let words = HostFiles.text(of: "/proc/\(process.id)/cmdline", limit: 4_096)?.split(separator: "\0") ?? []
            guard let program = words.first?.split(separator: "/").last else { continue }
            let name = program == "trama" ? words.prefix(2).dropFirst().reduce("trama") { "\($0) \($1)" } : "\(program)"
            let bytes = Memory.read("/proc/\(process.id)/smaps_rollup", "Pss")
            groups[name, default: Group(name: name, count: 0, bytes: 0)].count += 1
            groups[name]?.bytes += bytes
        }
        return groups.values.sorted { ($0.bytes, $1.name) > ($1.bytes, $0.name) }
    }
}
