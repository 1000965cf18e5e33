import Glibc
import Netlink

/// What the daemon takes in a cluster of many members.
///
/// The daemon is the real program in a namespace. The others are real meshes too, with TLS connections among themselves
/// and to the daemon, all in one process (``MemberSwarm``) in a second namespace, which also answers the daemon's probes
/// and probes it as they would.
struct OverlayMembers {
    var program: String
    /// Members, the daemon among them.
    var count: Int
    /// How long nothing happens while the processor time is measured.
    var idle: Duration = .seconds(15)

    /// Until all paths are known, and until all have been given up, at most: five probes of each of two transports to 500
    /// members, 100 in a second.
    private static let patience = Duration.seconds(80)

    func run() async throws {
        let folder = try TemporaryFolder(in: access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")
        let (host, others) = (try Laboratory(), try Laboratory())
        try host.ip([
            "link add eth0 type veth peer name eth0 netns \(others.path)", "link set lo up", "link set eth0 up",
            "address add \(SwarmMember.subject)/\(SwarmMember.underlayPrefixLength) dev eth0",
        ])
        try others.ip([
            "link set lo up", "link set eth0 up", "address add 10.76.0.2/\(SwarmMember.underlayPrefixLength) dev eth0",
            // Every member's address is this namespace's.
            "route add local 10.77.0.0/16 dev lo",
        ])
        let swarm = try BackgroundProgram(
            [
                "/proc/self/exe", "--member-swarm", "\(count - 1)", "--swarm-folder", folder.path,
                "--swarm-token", folder.token(program),
            ],
            in: others.namespace
        )
        let start = ContinuousClock.now
        try await swarm.wait(for: MemberSwarm.readiness, within: .seconds(300))
        let swarmed = ContinuousClock.now - start
        let subject = try Subject(program: program, folder: folder, count: count, host: host)
        do {
            try await measure(subject, swarm, silence: folder.path(MemberSwarm.silenceFile), swarmed: swarmed)
        } catch {
            Report.line("\(subject.daemon.output.suffix(2000))\n\(swarm.output.suffix(2000))")
            throw error
        }
    }

    private func measure(
        _ subject: Subject,
        _ swarm: BackgroundProgram,
        silence: String,
        swarmed: Duration
    ) async throws {
        let start = ContinuousClock.now
        try await eventually("the daemon to know all members", within: .seconds(60)) {
            try subject.daemon.check()
            try swarm.check()
            let status = subject.status
            return status.contains("Peers: \(self.count) ") && status.contains("Status: ready")
        }
        let joined = ContinuousClock.now - start
        let starting = subject.daemon.processorTime
        try await waitForPaths("established", of: subject)
        let healthy = try await usage(of: subject)
        let peers = subject.line("Peers:")
        let connections = subject.line("Connections:")

        // Nobody answers or probes any more.
        close(open(silence, O_WRONLY | O_CREAT, 0o600))
        try await waitForPaths("down", of: subject)
        let silent = try await usage(of: subject)

        Report.section("The daemon with \(count) members", columns: ["", "", "bound", ""])
        Report.value("others know each other after, s", (swarmed / .seconds(1)).text(1))
        Report.value("it knows all, and has addresses, after, s", (joined / .seconds(1)).text(1))
        Report.value("processor time until then, s", (starting / .seconds(1)).text(2))
        Report.line("\(peers)\n\(connections)")
        Report.check("resident", healthy.mebibytes, atMost: 64, digits: 1, unit: " MiB")
        Report.value("resident at most", subject.daemon.peak.mebibytes)
        Report.check("idle, all paths healthy: of a core", healthy.percent, atMost: 1, unit: " %")
        Report.value("the same, of its wireguard-go", (healthy.tunnelPercent).text(2) + " %")
        Report.line(subject.line("Peers:"))
        Report.check("resident, no path answers", silent.mebibytes, atMost: 64, digits: 1, unit: " MiB")
        Report.value("idle, no path answers: of a core", silent.percent.text(2) + " %")
        Report.value("the same, of its wireguard-go", (silent.tunnelPercent).text(2) + " %")
        Report.value("resident of its wireguard-go", Memory.read("/proc/\(subject.tunnel)/status", "VmRSS").mebibytes)
    }

    /// Waits until all paths are such, or for long enough, and then for what that caused.
    private func waitForPaths(_ word: String, of subject: Subject) async throws {
        let end = ContinuousClock.now + Self.patience
        while ContinuousClock.now < end, !subject.line("Peers:").contains("\(count - 1) \(word)") {
            try await Task.sleep(for: .seconds(1))
        }
        try await Task.sleep(for: .seconds(3))
    }

    private struct Usage {
        var percent: Double
        var tunnelPercent: Double
        var mebibytes: Double
    }

    private func usage(of subject: Subject) async throws -> Usage {
        let tunnel = subject.tunnel
        let before = (subject.daemon.processorTime, BackgroundProgram.processorTime(of: tunnel))
        let start = ContinuousClock.now
        try await Task.sleep(for: idle)
        let time = ContinuousClock.now - start
        let after = (subject.daemon.processorTime, BackgroundProgram.processorTime(of: tunnel))
        return Usage(
            percent: (after.0 - before.0) / time * 100,
            tunnelPercent: (after.1 - before.1) / time * 100,
            mebibytes: Double(subject.daemon.resident) / 1_048_576
        )
    }
}

/// The daemon that is measured.
private final class Subject: Sendable {
    let daemon: BackgroundProgram
    private let program: String
    private let socket: String
    private let host: Laboratory
    private let device: String

    init(program: String, folder: TemporaryFolder, count: Int, host: Laboratory) throws {
        self.program = program
        self.host = host
        socket = folder.path("socket")
        device = "tm\(getpid() % 1_000_000)"
        daemon = try BackgroundProgram(
            [
                program, "overlay", "launch", "--token-file", folder.token(program), "--cluster", MemberSwarm.cluster,
                "--state-dir", folder.path("subject"), "--socket", socket, "--wireguard-device", device,
                "--name", "subject", "--ipam-seed", MemberSwarm.seeds(count - 1).joined(separator: ","),
                SwarmMember.address(0), SwarmMember.address(1),
            ],
            in: host.namespace
        )
    }

    deinit {
        daemon.stop()
        _ = try? Program.run(["ip", "link", "delete", device], in: host.namespace)
    }

    /// What it says of itself; empty before it does.
    var status: String {
        (try? Program.run([program, "overlay", "status", "--socket", socket], in: host.namespace)) ?? ""
    }

    /// A line of the status.
    func line(_ label: String) -> String {
        status.split(separator: "\n").first { $0.contains(label) }.map(String.init) ?? ""
    }

    /// Its wireguard-go; 0 where there is none.
    var tunnel: pid_t {
        let text = try? Program.run(["pgrep", "-f", "^[^ ]*wireguard-go \(device)$"], in: host.namespace)
        return text?.split(separator: "\n").first.flatMap { pid_t($0) } ?? 0
    }
}
