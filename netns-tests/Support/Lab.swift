/// A small network: a router in the middle, and hosts each joined to it by a veth pair.
///
/// Host number N (from 1) has 10.0.N.2/24 and fd00:N::2/64 on its `eth0`; the router has 10.0.N.1 and fd00:N::1 on
/// its link named after the host, and forwards. Every host's default routes lead to the router.
struct Lab {
    let router: Host
    let hosts: [Host]

    /// Builds the network; it is gone with the last reference to its hosts.
    init(hosts names: String...) async throws {
        try await self.init(hosts: names)
    }

    /// Makes the hosts of those names.
    init(hosts names: [String]) async throws {
        router = try await Host.make("router")
        try router.sysctl("net/ipv4/ip_forward", "1")
        try router.sysctl("net/ipv6/conf/all/forwarding", "1")
        var hosts: [Host] = []
        for (offset, name) in names.enumerated() {
            let number = offset + 1
            let host = try await Host.make(name)
            try await Host.join(host, "eth0", router, name)
            try await router.addAddress("10.0.\(number).1/24", to: name)
            try await router.addAddress("fd00:\(number)::1/64", to: name)
            try await host.addAddress("10.0.\(number).2/24", to: "eth0")
            try await host.addAddress("fd00:\(number)::2/64", to: "eth0")
            try await host.addRoute(to: "0.0.0.0/0", via: "10.0.\(number).1")
            try await host.addRoute(to: "::/0", via: "fd00:\(number)::1")
            hosts.append(host)
        }
        self.hosts = hosts
    }

    /// The host of that name.
    subscript(_ name: String) -> Host {
        guard let host = hosts.first(where: { $0.name == name }) else { preconditionFailure("no host \(name)") }
        return host
    }
}
