import Addressing
import Glibc
import Netlink
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct SupportTests {
    @Test func `hosts of a lab reach each other through its router`() async throws {
        let lab = try await Lab(hosts: "a", "b")
        for (transport, address) in [(TransportProtocol.tcp, "10.0.2.2"), (.udp, "fd00:2::2")] {
            let address = try #require(IPAddress(address))
            let server = try Server(on: lab["b"], transport, port: 80, family: address.family)
            let answer = try await lab["a"].ask(address, transport, port: 80)
            #expect(answer == .init(server: "b", client: address.family == .ipv4 ? "10.0.1.2" : "fd00:1::2"))
            withExtendedLifetime(server) {}
        }
    }

    @Test func `a question that nobody answers fails`() async throws {
        let host = try await Host.make("a")
        let address = try #require(IPAddress("127.0.0.1"))
        await #expect(throws: QuestionError.refused) { try await host.ask(address, .tcp, port: 80) }
        await #expect(throws: QuestionError.refused) { try await host.ask(address, .udp, port: 80) }
    }

    @Test func `a program gets its input, and its failure carries its output`() async throws {
        let host = try await Host.make("a")
        #expect(try await host.run("cat", input: "text") == "text")
        await #expect {
            try await host.run("sh", "-c", "echo wrong >&2; exit 3")
        } throws: {
            ($0 as? Program.Failure)?.status == 3 && ($0 as? Program.Failure)?.output == "wrong\n"
        }
    }

    @Test func `a named namespace is removed with its object`() async throws {
        var namespace: NamedNamespace? = try await NamedNamespace()
        let name = try #require(namespace?.name)
        #expect(try NamedNamespace.names().contains(name))
        namespace = nil
        #expect(try !NamedNamespace.names().contains(name))
    }

    @Test func `only names of processes that are gone are stale`() {
        #expect(!NamedNamespace.isStale("trama-t-\(getpid())-1"))
        #expect(!NamedNamespace.isStale("blue"))
        // Beyond the kernel's largest process id, 2^22.
        #expect(NamedNamespace.isStale("trama-t-4194305-1"))
    }
}
