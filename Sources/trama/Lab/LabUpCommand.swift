import Addressing
public import ArgumentParser
public import Lab

/// `trama lab up`.
struct LabUpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Bring a cluster up and wait until all nodes are ready.",
        discussion: """
            Prints how kubectl reaches it. What was made is taken away again where that fails, and on Ctrl-C.

            For a lab that is up, with the same options, it starts again those of its programs that have ended.
            """
    )

    @OptionGroup var name: LabName

    @Option(help: ArgumentHelp("How many nodes.", valueName: "count"))
    var nodes = 3

    @Option(help: ArgumentHelp("Families of hosts, pods and Services.", valueName: "v4|v6|dual"))
    var underlay = LabOptions.Underlay.v4

    @Flag(help: "Give each host a subnet of its own, with a router between them, in place of one bridge.")
    var routed = false

    @Option(
        help: ArgumentHelp(
            "Addresses of the hosts: an IPv4 prefix of at most 24 bits, an IPv6 prefix of at most 64, or both. By default a "
                + "free one of 10.127.N.0/24 and fd6c:6162:0:N::/64.",
            valueName: "prefix,…"
        )
    )
    var subnet: String?

    @Option(name: .customLong("cluster-cidr"), help: ArgumentHelp("Ranges of pods' addresses.", valueName: "prefix,…"))
    var clusterCIDR: String?

    @Option(name: .customLong("service-cidr"), help: ArgumentHelp("Ranges of ClusterIPs.", valueName: "prefix,…"))
    var serviceCIDR: String?

    @Option(help: ArgumentHelp("Where objects are kept.", valueName: "embedded|etcd"))
    var store = LabOptions.Store.embedded

    @Option(help: ArgumentHelp("Share of the packets between hosts that is lost, such as 5%.", valueName: "percent"))
    var loss: String?

    @Option(help: ArgumentHelp("MTU of the hosts' links.", valueName: "bytes"))
    var mtu: Int?

    @Option(help: ArgumentHelp("Time from one host to another, such as 20ms; needs netem.", valueName: "time"))
    var delay: String?

    @Option(help: ArgumentHelp("Seconds after which a silent node is held to be dead.", valueName: "seconds"))
    var nodeMonitorGracePeriod = 40

    @Flag(name: .customLong("no-dns"), help: "Run no cluster DNS.")
    var hasNoDNS = false

    @Option(help: ArgumentHelp("Seconds after which it is given up.", valueName: "seconds"))
    var timeout = 120

    func run() async throws {
        let lab = try name.lab()
        let options = try options()
        guard 1...3600 ~= timeout else { throw ValidationError("--timeout \(timeout): must be 1 to 3600 seconds") }
        let limit = Duration.seconds(timeout)
        try await LabOutput.failing {
            try await LabInterrupt.run { try await lab.up(options, within: limit) }
            print("export KUBECONFIG=\(try lab.state().plan.kubeconfig)")
        }
    }

    /// The options as the library has them.
    func options() throws -> LabOptions {
        var options = LabOptions()
        options.name = name.name
        options.nodeCount = nodes
        options.underlay = underlay
        options.isRouted = routed
        options.subnets = try Self.prefixes(subnet, "--subnet")
        options.clusterRanges = try Self.prefixes(clusterCIDR, "--cluster-cidr")
        options.serviceRanges = try Self.prefixes(serviceCIDR, "--service-cidr")
        options.store = store
        options.mtu = mtu
        options.nodeGraceSeconds = nodeMonitorGracePeriod
        options.hasDNS = !hasNoDNS
        do {
            if let loss { options.lostOf200 = try LabOptions.lostOf200(loss) }
            if let delay { options.delayMilliseconds = try LabOptions.milliseconds(delay) }
            try options.check()
        } catch {
            throw ValidationError(error.description)
        }
        return options
    }

    private static func prefixes(_ text: String?, _ flag: String) throws -> [IPPrefix] {
        try (text ?? "").split(separator: ",").map { part in
            guard let prefix = IPPrefix(String(part)) else {
                throw ValidationError("\(flag) \(part): must be prefixes, such as 10.127.0.0/24")
            }
            return prefix
        }
    }
}

extension LabOptions.Underlay: ExpressibleByArgument {}
extension LabOptions.Store: ExpressibleByArgument {}
