import Addressing
import Testing

@testable import Proxy

@Suite struct NodeAddressesTests {
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    private func status(_ entries: (String, String)...) -> [NodeAddresses.StatusAddress] {
        entries.map { .init(type: $0.0, address: $0.1) }
    }

    private func select(
        override: String? = nil,
        status: [NodeAddresses.StatusAddress]? = nil,
        local: [LocalAddress] = [],
        routes: [DefaultRoute] = []
    ) -> [String?] {
        let addresses = NodeAddresses.select(
            override: override.flatMap { IPAddress($0) },
            status: status,
            local: local,
            routes: routes
        )
        return [addresses.ipv4?.description, addresses.ipv6?.description, addresses.primaryFamily.description]
    }

    @Test("a Node's InternalIPs come first, then its ExternalIPs; the first of each family counts") func fromNode() {
        let status = status(
            ("Hostname", "n0"),
            ("ExternalIP", "2001:db8::9"),
            ("ExternalIP", "198.51.100.1"),
            ("InternalIP", "192.0.2.1"),
            ("InternalIP", "192.0.2.2")
        )
        #expect(select(status: status) == ["192.0.2.1", "2001:db8::9", "IPv4"])
    }

    @Test("a node whose first InternalIP is of IPv6 has IPv6 as its primary family") func ipv6First() {
        let status = status(("InternalIP", "2001:db8::1"), ("InternalIP", "192.0.2.1"))
        #expect(select(status: status) == ["192.0.2.1", "2001:db8::1", "IPv6"])
    }

    @Test("unusable addresses of a Node are passed over") func unusable() {
        let status = status(
            ("InternalIP", "127.0.0.1"),
            ("InternalIP", "0.0.0.0"),
            ("InternalIP", "nonsense"),
            ("InternalIP", "192.0.2.3")
        )
        #expect(select(status: status) == ["192.0.2.3", nil, "IPv4"])
    }

    @Test("bindAddress replaces the address of its family only, and an unspecified one nothing") func override() {
        let status = status(("InternalIP", "192.0.2.1"), ("InternalIP", "2001:db8::1"))
        #expect(select(override: "2001:db8::2", status: status) == ["192.0.2.1", "2001:db8::2", "IPv6"])
        #expect(select(override: "0.0.0.0", status: status) == ["192.0.2.1", "2001:db8::1", "IPv4"])
    }

    @Test("without a Node the interface of the default route decides") func withoutNode() throws {
        let local = [
            LocalAddress(interface: 1, address: try address("127.0.0.1"), scope: .host),
            LocalAddress(interface: 3, address: try address("10.9.0.1")),
            LocalAddress(interface: 2, address: try address("192.0.2.1")),
            LocalAddress(interface: 2, address: try address("192.0.2.2")),
            LocalAddress(interface: 2, address: try address("fe80::1"), scope: .link),
            LocalAddress(interface: 2, address: try address("2001:db8::f"), isTransient: true),
            LocalAddress(interface: 2, address: try address("2001:db8::1")),
        ]
        let routes = [
            DefaultRoute(family: .ipv4, interface: 3, metric: 200),
            DefaultRoute(family: .ipv4, interface: 2, metric: 100),
            DefaultRoute(family: .ipv6, interface: 2),
        ]
        #expect(select(local: local, routes: routes) == ["192.0.2.1", "2001:db8::1", "IPv4"])
        // A Node that has no addresses yet is as good as none.
        #expect(select(status: status(("Hostname", "n0")), local: local, routes: routes)[0] == "192.0.2.1")
        var preferring = routes
        preferring[1].preferredSource = try address("192.0.2.2")
        #expect(select(local: local, routes: preferring)[0] == "192.0.2.2")
        preferring[1].preferredSource = try address("192.0.2.99")
        #expect(select(local: local, routes: preferring)[0] == "192.0.2.1")
    }

    @Test("without a default route nothing is known; with one of IPv6 alone that is primary") func noRoute() throws {
        let local = [
            LocalAddress(interface: 2, address: try address("192.0.2.1")),
            LocalAddress(interface: 2, address: try address("2001:db8::1")),
        ]
        #expect(select(local: local) == [nil, nil, "IPv4"])
        #expect(
            select(local: local, routes: [DefaultRoute(family: .ipv6, interface: 2)]) == [nil, "2001:db8::1", "IPv6"]
        )
    }
}

@Suite struct NodePortAddressSelectionTests {
    private let local = [
        "127.0.0.1", "::1", "192.0.2.1", "192.0.2.2", "10.0.0.1", "2001:db8::1", "fe80::1", "169.254.1.1",
    ].compactMap { IPAddress($0) }.map { LocalAddress(interface: 1, address: $0) }

    private func select(_ selection: ProxyConfiguration.NodePortAddresses, node: [String] = []) -> [String] {
        var addresses = NodeAddresses()
        for address in node.compactMap({ IPAddress($0) }) { addresses[address.family] = address }
        return selection.select(node: addresses, local: local).sorted().map(\.description)
    }

    private func prefixes(_ texts: String...) -> ProxyConfiguration.NodePortAddresses {
        .prefixes(texts.compactMap { IPPrefix($0) })
    }

    @Test("primary is the node's own addresses, as far as this machine has them") func primary() {
        #expect(select(.primary, node: ["192.0.2.1", "2001:db8::1"]) == ["192.0.2.1", "2001:db8::1"])
        #expect(select(.primary, node: ["192.0.2.1"]) == ["192.0.2.1"])
        #expect(select(.primary, node: ["198.51.100.1"]) == [])
        #expect(select(.primary, node: ["127.0.0.1"]) == [])
    }

    @Test("a range selects local addresses of its family; the other family is open") func ranges() {
        #expect(select(prefixes("192.0.2.0/24")) == ["192.0.2.1", "192.0.2.2", "2001:db8::1"])
        #expect(select(prefixes("192.0.2.2/32", "2001:db8:1::/64")) == ["192.0.2.2"])
        #expect(
            select(prefixes("0.0.0.0/0", "::/0")) == [
                "10.0.0.1", "169.254.1.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "fe80::1",
            ]
        )
    }

    @Test("loopback never serves NodePorts, not even when its range is named") func loopback() {
        #expect(select(prefixes("127.0.0.0/8", "::1/128")) == [])
    }

    @Test("health checks listen on every address only where every address is selected") func healthChecks() throws {
        let address = try #require(IPAddress("192.0.2.1"))
        #expect(
            ProxyConfiguration.NodePortAddresses.primary.healthCheckBinding(selected: [address])
                == .addresses([address])
        )
        #expect(prefixes("0.0.0.0/0").healthCheckBinding(selected: [address]) == .every)
        #expect(prefixes("192.0.2.0/24").healthCheckBinding(selected: [address]) == .addresses([address]))
    }
}

@Suite struct NodeNameTests {
    @Test(
        "the name is the override or the host's, trimmed and in lower case",
        arguments: [
            (nil, "Host-1", "host-1"), ("  N0.Example \n", "host", "n0.example"), (nil, " host\n", "host"),
        ] as [(String?, String, String)]
    )
    func names(override: String?, host: String, name: String) throws {
        #expect(try NodeName.detect(override: override) { host } == name)
    }

    @Test("an empty name is an error with a remedy") func empty() {
        let error = #expect(throws: NodeName.EmptyNameError.self) { try NodeName.detect(override: " ") { "host" } }
        #expect(error?.description.contains("--hostname-override") == true)
    }

    @Test("this machine has a name") func system() {
        #expect(!NodeName.systemHostName().isEmpty)
    }
}
