import Glibc
import LabNetwork
import Netlink

/// What a lab takes: from nothing until all nodes are ready, from `kubectl apply` until a pod answers, from a change until
/// the kernel of every node has it; how much memory a large one takes; and that nothing is left of any of them.
struct LabBenchmark {
    /// The trama program.
    var program: String
    var options: LabBenchmarkOptions

    /// What runs the benchmark on a machine of its own: no links, an empty `/run`, no other processes. What differs
    /// afterwards is the labs' doing, other labs of the real machine are left alone, and nothing outlives the benchmark,
    /// whatever becomes of it.
    private static let machine = [
        "unshare", "--net", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc",
        "sh", "-c",
        // Not `exec`: the shell, as the first process, takes in what daemons leave.
        "mount -t tmpfs none /run && mkdir /run/mount && ip link set lo up && ip address add 192.0.2.1/24 dev lo && \"$@\"",
        "sh",
    ]

    func run() async throws {
        guard options.insideLab else {
            let arguments = Self.machine + [Program.ownPath] + CommandLine.arguments.dropFirst() + ["--inside-lab"]
            let status = Program.wait(for: try Program.start(arguments, output: 1, in: .current()))
            guard status == 0 else {
                throw Program.Failure(command: "the benchmark of labs", status: status, output: "")
            }
            return
        }
        let lab = BenchLab(program: program, machine: try LabHost.current(name: "the machine"))
        do {
            try await measure(lab)
        } catch {
            // Everything ends with this process, the logs too.
            Report.line(await lab.logs())
            throw error
        }
    }

    private func measure(_ lab: BenchLab) async throws {
        let before = try await lab.inventory()
        var (ups, downs) = (Samples(), Samples())
        var left: [String] = []
        for start in 1...max(options.labStarts, 1) {
            ups.append(try await lab.up(nodes: 3))
            guard start < options.labStarts else { break }
            downs.append(try await lab.down())
            left += try await lab.difference(since: before)
        }
        Report.section("A lab of 3 nodes, \(max(options.labStarts, 1)) times, in milliseconds")
        Report.row("`lab up`, its start to all nodes Ready", ups)
        Report.check("the same, the longest", ups.maximum / 1000, atMost: 5, unit: " s")
        try await PodStarts(lab: lab, count: options.labPods).run()
        try await ServiceChanges(lab: lab, count: options.labChanges).run()
        downs.append(try await lab.down())
        left += try await lab.difference(since: before)
        Report.section("`lab down` of 3 nodes, \(downs.milliseconds.count) times, in milliseconds")
        Report.row("`lab down`", downs)
        Self.report(left)
        guard options.rolloutNodes > 0 else { return }
        let large = LargeLab(
            lab: lab,
            nodeCount: options.rolloutNodes,
            podCount: options.rolloutPods,
            memory: options.labMemory << 30
        )
        try await large.run()
        Self.report(try await lab.difference(since: before))
    }

    private static func report(_ left: [String]) {
        Report.check(
            "links, rules, namespaces, mounts, cgroups, files that differ",
            Double(left.count),
            atMost: 0,
            digits: 0
        )
        for line in left.prefix(20) { Report.line("  \(line)") }
    }
}
