import Addressing

/// The programs of a lab: what is started with which arguments.
public struct LabPrograms: Sendable, Hashable {
    /// The `trama` program.
    public var trama: String
    /// The `etcd` program, where it is used.
    public var etcd = "etcd"

    /// The programs, by `trama`'s path.
    public init(trama: String) {
        self.trama = trama
    }

    /// One program that is kept running.
    public struct Command: Sendable, Hashable {
        /// What it is called in the state and in the names of logs: `control-plane`, `node-1`.
        public var name: String
        /// The host that it runs on.
        public var host: String
        /// It, and its arguments.
        public var arguments: [String]
    }

    static let etcdName = "etcd"
    private static let controlPlaneName = "control-plane"
    private static let dnsName = "dns"

    /// The program of that name; nil where the lab has none.
    func command(_ name: String, _ plan: LabPlan) -> Command? {
        switch name {
        case Self.etcdName: etcd(plan)
        case Self.controlPlaneName: controlPlane(plan)
        case Self.dnsName: dns(plan)
        default: plan.nodes.first { plan.host(.node($0)).name == name }.map { node($0, plan) }
        }
    }

    /// The arguments that all commands of the control plane have in common.
    private func controlPlaneFlags(_ plan: LabPlan) -> [String] {
        let addresses = plan.controlPlane.addresses.map { "\($0.address)" }
        var flags = ["--folder", plan.controlPlaneFolder, "--advertise-address", addresses.first ?? "127.0.0.1"]
        if addresses.count > 1 { flags += ["--cert-sans", addresses.dropFirst().joined(separator: ",")] }
        if plan.options.families.contains(.ipv6) { flags += ["--bind-address", "::"] }
        flags += ["--service-cluster-ip-range", Self.list(plan.options.clusterIPRanges)]
        return flags + ["--cluster-cidr", Self.list(plan.options.podRanges)]
    }

    /// Makes the control plane's files, and ends.
    public func initialize(_ plan: LabPlan) -> [String] {
        [trama, "control-plane", "init"] + controlPlaneFlags(plan)
    }

    /// Prints a kubeconfig, and ends.
    public func kubeconfig(_ plan: LabPlan, user: String, groups: [String]) -> [String] {
        [trama, "control-plane", "kubeconfig"] + controlPlaneFlags(plan) + ["--user", user]
            + groups.flatMap { ["--group", $0] }
    }

    /// The control plane.
    public func controlPlane(_ plan: LabPlan) -> Command {
        var arguments = [trama, "control-plane", "run"] + controlPlaneFlags(plan)
        arguments += ["--node-monitor-grace-period", "\(plan.options.nodeGraceSeconds)"]
        if plan.options.store == .etcd { arguments += ["--etcd-servers", "http://127.0.0.1:2379"] }
        return Command(name: Self.controlPlaneName, host: plan.controlPlane.name, arguments: arguments)
    }

    /// etcd, on the control plane's host.
    public func etcd(_ plan: LabPlan) -> Command {
        Command(
            name: Self.etcdName,
            host: plan.controlPlane.name,
            arguments: [
                etcd, "--data-dir", "\(plan.folder)/etcd", "--listen-client-urls", "http://127.0.0.1:2379",
                "--advertise-client-urls", "http://127.0.0.1:2379", "--listen-peer-urls", "http://127.0.0.1:2380",
                "--initial-advertise-peer-urls", "http://127.0.0.1:2380", "--initial-cluster",
                "default=http://127.0.0.1:2380", "--log-level", "warn",
            ]
        )
    }

    /// Cluster DNS, on the control plane's host.
    public func dns(_ plan: LabPlan) -> Command {
        Command(
            name: Self.dnsName,
            host: plan.controlPlane.name,
            arguments: [trama, "dns", "--kubeconfig", "\(plan.folder)/dns.kubeconfig"]
                + plan.controlPlane.addresses.flatMap { ["--listen", Self.endpoint($0.address, port: 53)] }
        )
    }

    /// A node.
    public func node(_ number: Int, _ plan: LabPlan) -> Command {
        let host = plan.host(.node(number))
        let folder = plan.folder(of: host)
        var arguments = [
            trama, "node", "--kubeconfig", "\(folder)/kubeconfig", "--hostname-override", host.name, "--node-ip",
            host.addresses.map { "\($0.address)" }.joined(separator: ","), "--cluster-cidr",
            Self.list(plan.options.podRanges),
        ]
        // A node that is renewed less often than it is looked for would seem to be dead in between.
        arguments += ["--node-lease-duration", "\(plan.options.nodeGraceSeconds)"]
        if plan.options.hasDNS {
            arguments += ["--cluster-dns", plan.options.dnsAddresses.map { "\($0)" }.joined(separator: ",")]
        }
        arguments += [
            "--state-dir", "\(folder)/state", "--log-dir", "\(folder)/logs", "--socket", "\(folder)/overlay.sock",
            "--cni-conf-dir", "\(folder)/cni", "--wireguard-device", plan.wireGuardDevice(number), "--cgroup-root",
            "\(plan.controlGroup)/\(host.name)-pods",
        ]
        return Command(name: host.name, host: host.name, arguments: arguments)
    }

    private static func list(_ prefixes: [IPPrefix]) -> String {
        prefixes.map { "\($0)" }.joined(separator: ",")
    }

    private static func endpoint(_ address: IPAddress, port: Int) -> String {
        address.family == .ipv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}
