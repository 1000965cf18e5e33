import Addressing
import LabNetwork
import NFTables
import Netlink

/// Makes the namespaces of a lab, and the links between them.
struct LabNetworkBuilder {
    let plan: LabPlan
    let underlay: LabHost
    /// The machine itself.
    let machine: LabHost

    private static let bridge = "br0"

    /// Makes the namespace between the hosts.
    static func begin(_ plan: LabPlan) async throws -> LabNetworkBuilder {
        let underlay = try await LabHost.make(name: plan.underlayNamespace)
        let builder = LabNetworkBuilder(plan: plan, underlay: underlay, machine: try LabHost.current(name: "outside"))
        if plan.options.isRouted {
            try underlay.forwardPackets()
        } else {
            try await underlay.addBridge(bridge)
        }
        return builder
    }

    /// The namespace between the hosts of a lab that is up.
    static func open(_ plan: LabPlan) throws -> LabNetworkBuilder {
        LabNetworkBuilder(
            plan: plan,
            underlay: try LabHost.open(name: plan.underlayNamespace),
            machine: try LabHost.current(name: "outside")
        )
    }

    /// Makes a host, with its link to the underlay.
    @discardableResult
    func add(_ host: HostPlan) async throws -> LabHost {
        let own = if let namespace = host.namespace { try await LabHost.make(name: namespace) } else { machine }
        let mtu = plan.options.mtu.flatMap { UInt32(exactly: $0) }
        try await LabHost.join(underlay, host.name, own, host.link, mtu: mtu)
        if !plan.options.isRouted { try await underlay.addPort(host.name, to: Self.bridge) }
        for address in host.addresses {
            if plan.options.isRouted {
                try await underlay.addAddress(address.gateway, length: address.length, to: host.name)
            }
            try await own.addAddress(address.address, length: address.length, to: host.link)
        }
        for route in routes(of: host) { try await own.addRoute(to: route.destination, via: route.gateway) }
        if plan.options.delayMilliseconds > 0 { try await delay(host) }
        return own
    }

    /// The routes of a host: nodes send everything to the router, or to the machine, since without a route to a ClusterIP
    /// the kernel would refuse a connection before it is translated. The machine only gets one to the lab.
    private func routes(of host: HostPlan) -> [(destination: IPPrefix, gateway: IPAddress)] {
        if host.role == .outside {
            guard plan.options.isRouted else { return [] }
            return zip(plan.options.subnets, host.addresses).map { ($0, $1.gateway) }
        }
        return host.addresses.compactMap { address in
            let everything = address.address.family == .ipv4 ? "0.0.0.0/0" : "::/0"
            return IPPrefix(everything).map { ($0, address.gateway) }
        }
    }

    /// Takes a host's link out of the underlay, and its namespace's name away.
    func remove(_ host: HostPlan) async throws {
        try await underlay.deleteLink(host.name)
        if let namespace = host.namespace { LabHost.remove(name: namespace) }
    }

    /// Writes what is dropped between hosts.
    func impair(partitions: [Partition]) async throws {
        let connection = try NFTablesConnection(in: underlay.namespace)
        _ = try await connection.commit(
            UnderlayRules.transaction(
                isRouted: plan.options.isRouted,
                partitions: partitions,
                lostOf200: plan.options.lostOf200
            ),
            generation: nil
        )
    }

    private func delay(_ host: HostPlan) async throws {
        try await underlay.run(Self.delayCommand(link: host.name, milliseconds: plan.options.delayMilliseconds))
    }

    private static func delayCommand(link: String, milliseconds: Int) -> [String] {
        ["tc", "qdisc", "add", "dev", link, "root", "netem", "delay", "\(milliseconds)ms"]
    }

    /// Tries whether this kernel can delay packets, in a namespace of its own.
    static func checkDelay(_ milliseconds: Int) async throws {
        let host = try await LabHost.makeAnonymous(name: "probe")
        do {
            try await host.run(delayCommand(link: "lo", milliseconds: milliseconds))
        } catch {
            throw LabError("--delay: this kernel has no netem, or there is no `tc`, which it takes: \(error)")
        }
    }
}
