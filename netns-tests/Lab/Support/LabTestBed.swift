import Glibc
import LabNetwork
import Netlink
import Testing

/// A machine for labs: a network namespace with nothing in it, and a mount namespace with an empty `/run`, so that a
/// lab, in which the machine itself takes part, touches nothing of the real one.
final class LabTestBed: Sendable {
    /// A lab name that no other test has.
    let name: String
    /// Lives in the two namespaces.
    let keeper: LabProcess
    private let here: LabHost

    private static let numbers = Counter()

    init() async throws {
        here = try LabHost.current(name: "here")
        // At most ten letters: `t`, the process and a number.
        name = "t\(String(getpid(), radix: 36))x\(String(Self.numbers.next(), radix: 36))"
        let script = """
            mount -t tmpfs none /run && ip link set lo up && ip addr add 192.0.2.1/24 dev lo && mkdir /run/mount /run/ready \
            && exec sleep 1000
            """
        keeper = try here.start(["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", script])
        let clock = ContinuousClock()
        let end = clock.now + .seconds(30)
        while try await result(["test", "-d", "/run/ready"]).status != 0 {
            guard clock.now < end, keeper.isAlive else {
                throw NetlinkError(operation: "make a machine", errno: ETIMEDOUT)
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    deinit {
        keeper.signal(SIGKILL)
    }

    /// Runs `body` with a bed, whose lab is taken away afterwards, whatever happened.
    static func with(_ body: (LabTestBed) async throws -> Void) async throws {
        let bed = try await LabTestBed()
        do {
            try await body(bed)
        } catch {
            let logs = try? await bed.run(["sh", "-c", "tail -n 15 /run/trama/lab/*/logs/*.log 2>/dev/null; true"])
            _ = try? await bed.result([
                "sh", "-c", "for lab in $(ls /run/trama/lab); do \(bed.trama) lab down --name ${lab%.lock}; done",
            ])
            throw BedFailure(error: error, logs: logs ?? "")
        }
        _ = try? await bed.lab("down")
    }

    /// The program.
    var trama: String { (try? TramaProgram.path()) ?? "trama" }

    private func entering(_ arguments: [String]) -> [String] {
        ["nsenter", "--target", "\(keeper.id)", "--net", "--mount", "--"] + arguments
    }

    /// Runs a program on the machine to its end.
    func result(_ arguments: [String], input: String = "") async throws -> ProgramResult {
        try await here.result(of: entering(arguments), input: input)
    }

    /// Runs a program on the machine and returns what it printed.
    @discardableResult
    func run(_ arguments: [String], input: String = "") async throws -> String {
        try await here.run(entering(arguments), input: input)
    }

    /// Runs `trama lab VERB --name NAME …`.
    func lab(_ verb: String, _ arguments: String...) async throws -> ProgramResult {
        try await result([trama, "lab", verb, "--name", name] + arguments)
    }

    /// Runs `trama lab up` and expects that it succeeds.
    @discardableResult
    func up(_ arguments: String...) async throws -> String {
        try await run([trama, "lab", "up", "--name", name] + arguments)
    }

    /// Starts `trama lab up` and leaves it running.
    func begin(_ arguments: String...) throws -> LabProcess {
        try here.start(entering([trama, "lab", "up", "--name", name] + arguments), log: nil)
    }

    /// The kubeconfig of a lab.
    var kubeconfig: String { "/run/trama/lab/\(name)/kubeconfig" }

    /// Runs kubectl on the machine.
    @discardableResult
    func kubectl(_ arguments: String..., input: String = "") async throws -> String {
        try await run(
            ["kubectl", "--kubeconfig", kubeconfig, "--cache-dir", "/run/kube-cache"] + arguments,
            input: input
        )
    }

    /// What the machine has that a lab may leave behind: links, addresses, rules, namespaces, mounts, files, control
    /// groups.
    func inventory() async throws -> [String] {
        let script = """
            ip -o link; ip -o addr; ip route show table all; ip -6 route show table all; ip rule; nft list ruleset
            ls /run/netns 2>/dev/null; cut -d' ' -f5 /proc/self/mountinfo; find /run -not -path '/run/kube-cache*'
            find /sys/fs/cgroup /var/run/wireguard -name '*\(name)*' 2>/dev/null; true
            """
        // The time that an address is still valid is not part of it.
        // Links' own addresses come a moment after the links, and go with them.
        return try await run(["sh", "-c", script]).split(separator: "\n").filter { !$0.contains("fe80::") }
            .map(String.init)
    }

    /// The processes that have the lab's name in their command line or their working set of files.
    func processes() -> [LabProcess] {
        LabProcess.all { id in
            guard id != self.keeper.id, let text = HostFiles.text(of: "/proc/\(id)/cmdline", limit: 65_536) else {
                return false
            }
            return text.contains("/run/trama/lab/\(self.name)/")
        }
    }

    /// Expects that nothing is there that was not there before; what was there may be gone.
    func expectFewer(since before: [String]) async throws {
        let known = Set(before)
        let clock = ContinuousClock()
        let end = clock.now + .seconds(20)
        func news() async throws -> [String] {
            // Logs stay for who wants to know why.
            try await inventory().filter { !known.contains($0) && !$0.contains("/logs/") }
        }
        var more = try await news()
        while !more.isEmpty, clock.now < end {
            try await Task.sleep(for: .milliseconds(50))
            more = try await news()
        }
        #expect(more == [])
    }

    /// Expects that everything is as it was before, and that only these processes of labs are there.
    func expectUnchanged(
        since before: [String],
        _ comment: Comment? = nil,
        keeping: [LabProcess] = []
    ) async throws {
        // The kernel takes a namespace's links away after the namespace.
        var after = try await inventory()
        let clock = ContinuousClock()
        let end = clock.now + .seconds(20)
        while after != before, clock.now < end {
            try await Task.sleep(for: .milliseconds(50))
            after = try await inventory()
        }
        #expect(after.difference(from: before).isEmpty, comment)
        #expect(processes() == keeping, comment)
    }
}

/// What went wrong with a lab, and the ends of its logs.
struct BedFailure: Error, CustomStringConvertible {
    let error: any Error
    let logs: String
    var description: String { "\(error)\n\(logs)" }
}
