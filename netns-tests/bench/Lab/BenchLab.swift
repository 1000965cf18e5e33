import KubernetesClient
import LabNetwork
import Netlink

/// The lab that is measured, as its user runs it.
struct BenchLab: Sendable {
    /// The trama program.
    let program: String
    /// Where it runs.
    let machine: LabHost
    /// Nothing else on the machine has it in its name.
    let name = "b\(String(UInt32.random(in: 1 << 24...(.max)), radix: 36))"

    var kubeconfig: String { "/run/trama/lab/\(name)/kubeconfig" }

    /// Brings it up; how long it took until all nodes were ready.
    func up(nodes: Int) async throws -> Duration {
        try await time("up", "--nodes", "\(nodes)", "--timeout", "600")
    }

    /// Takes it away; how long that took.
    func down() async throws -> Duration {
        try await time("down")
    }

    private func time(_ verb: String, _ arguments: String...) async throws -> Duration {
        let start = ContinuousClock.now
        try await machine.run([program, "lab", verb, "--name", name] + arguments)
        return .now - start
    }

    @discardableResult
    func kubectl(_ arguments: String..., input: String = "") async throws -> String {
        try await machine.run(
            ["kubectl", "--kubeconfig", kubeconfig, "--cache-dir", "/run/kubectl-cache"] + arguments,
            input: input
        )
    }

    /// Runs `body` with a client of the API server, as its administrator.
    func withClient<Result>(_ body: (KubernetesClient) async throws -> Result) async throws -> Result {
        var configuration = try Kubeconfig(path: kubeconfig).configuration()
        configuration.requestsPerSecond = 0
        let client = try KubernetesClient(configuration)
        do {
            let result = try await body(client)
            await client.shutdown()
            return result
        } catch {
            await client.shutdown()
            throw error
        }
    }

    /// The network namespace of a node.
    func namespace(ofNode node: Int) throws(NetlinkError) -> NetworkNamespace {
        try NetworkNamespace(name: "\(name)-node-\(node)")
    }

    /// The ends of its logs.
    func logs() async -> String {
        let script = "tail -n 15 /run/trama/lab/\(name)/logs/*.log"
        return (try? await machine.run(["sh", "-c", script])) ?? ""
    }

    // MARK: What is left

    /// What the machine has of what a lab makes, a line each.
    func inventory() async throws -> [String] {
        let script = """
            ip -o link; ip -o address; ip route show table all; ip -6 route show table all; ip rule; ip -6 rule
            nft list ruleset; ls /run/netns 2>/dev/null; cut -d' ' -f5 /proc/self/mountinfo
            find /run -not -path '/run/kubectl-cache*'
            find /var/lib/trama /var/log/pods /etc/cni /opt/cni 2>/dev/null
            find /sys/fs/cgroup /tmp /var/tmp /dev/shm -name '*\(name)*' -not -name 'trama-bench*' 2>/dev/null
            ps -e -o comm= | grep -e trama -e wireguard-go | grep -v trama-bench
            head -n 99 /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding
            """
        // A link's own address comes a moment after the link.
        return try await machine.run(["sh", "-c", script]).split(separator: "\n").filter { !$0.contains("fe80::") }
            .map(String.init)
    }

    /// What is there and was not, behind `+`, and what is gone, behind `-`.
    func difference(since before: [String]) async throws -> [String] {
        // The kernel takes a namespace's links away a while after the namespace.
        let end = ContinuousClock.now + .seconds(20)
        while true {
            let difference = try await inventory().difference(from: before)
            if difference.isEmpty { return [] }
            guard ContinuousClock.now < end else {
                return difference.map { change in
                    switch change {
                    case .insert(_, let line, _): "+ \(line)"
                    case .remove(_, let line, _): "- \(line)"
                    }
                }
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
