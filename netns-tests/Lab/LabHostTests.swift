import Addressing
import Glibc
import LabNetwork
import Netlink
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct LabHostTests {
    private static let numbers = Counter()

    private static func freshName() -> String { "trama-t-\(getpid())-lab-\(numbers.next())" }

    /// Runs `body` with a host that has a name, which is gone afterwards.
    private func withHost(_ body: (LabHost) async throws -> Void) async throws {
        let host = try await LabHost.make(name: Self.freshName())
        defer { host.remove() }
        try await body(host)
    }

    @Test func `a host is found by its name until it is removed`() async throws {
        let name = Self.freshName()
        let host = try await LabHost.make(name: name)
        #expect(NamespaceDirectory.names().contains(name))
        let found = try LabHost.open(name: name)
        #expect(try found.namespace.identifier() == host.namespace.identifier())
        // As `ip netns` would find it.
        let listed = try await LabHost.current(name: "here").run(["ip", "netns", "list"])
        #expect(listed.contains(name))
        host.remove()
        #expect(!NamespaceDirectory.names().contains(name))
        #expect(throws: NetlinkError.self) { try LabHost.open(name: name) }
    }

    @Test func `a second host of a name is refused and the first stays`() async throws {
        try await withHost { host in
            await #expect { _ = try await LabHost.make(name: host.name) } throws: { error in
                (error as? NetlinkError)?.isExisting == true
            }
            let found = try LabHost.open(name: host.name)
            #expect(try found.namespace.identifier() == host.namespace.identifier())
        }
    }

    @Test(arguments: ["", ".", "..", "a/b", "../x", "a b", String(repeating: "x", count: 65)])
    func `what cannot be a name is refused`(name: String) async {
        await #expect { _ = try await LabHost.make(name: name) } throws: { ($0 as? NetlinkError)?.errno == EINVAL }
    }

    @Test func `hosts on a bridge reach each other over both families`() async throws {
        let middle = try await LabHost.makeAnonymous(name: "bridge")
        try await middle.addBridge("br0")
        var hosts: [LabHost] = []
        for number in 1...2 {
            let host = try await LabHost.makeAnonymous(name: "host-\(number)")
            try await LabHost.join(host, "eth0", middle, "port-\(number)", mtu: 1400)
            try await middle.addPort("port-\(number)", to: "br0")
            try await host.addAddress("10.0.0.\(number)/24", to: "eth0")
            try await host.addAddress("fd00::\(number)/64", to: "eth0")
            hosts.append(host)
        }
        try await hosts[1].run(["ping", "-c", "1", "-W", "5", "10.0.0.1"])
        try await hosts[1].run(["ping", "-c", "1", "-W", "5", "fd00::1"])
        #expect(try await hosts[1].network.link(named: "eth0")?.mtu == 1400)
    }

    @Test(arguments: ["10.0.0.1", "10.0.0.1/33", "10.0.0.1/-1", "x/24", "/24"])
    func `what is no address with a length is refused`(text: String) async throws {
        let host = try await LabHost.makeAnonymous(name: "host")
        await #expect { try await host.addAddress(text, to: "lo") } throws: { ($0 as? NetlinkError)?.errno == EINVAL }
    }
}
