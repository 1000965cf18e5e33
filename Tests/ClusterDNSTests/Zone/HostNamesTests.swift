import Addressing
import ClusterDNS
import Testing

@Suite("Names of hosts that several tell")
struct HostNamesTests {
    private let names = HostNames(domain: DNSName("trama.local") ?? .root, seed: 1)

    private func look(_ name: String, _ type: RecordType = .a) -> [String] {
        switch names.answer(DNSMessage.Question(DNSName(name) ?? .root, type)) {
        case .elsewhere: ["elsewhere"]
        case .continues: ["continues"]
        case .complete(let content):
            content.answers.isEmpty ? [content.code == .noError ? "NODATA" : "\(content.code)"] : content.texts.sorted()
        }
    }

    private func addresses(_ texts: String...) -> Set<IPAddress> { Set(texts.compactMap { IPAddress($0) }) }

    @Test("A name has the addresses that all tell of it, and loses those of who tells no more")
    func sources() {
        names.set(["web": addresses("10.32.0.1", "fd00::1"), "db": addresses("10.32.0.2")], of: "one")
        names.set(["web": addresses("10.33.0.1")], of: "two")
        #expect(look("WEB.trama.local") == ["10.32.0.1", "10.33.0.1"])
        #expect(look("web.trama.local", .aaaa) == ["fd00::1"])
        #expect(look("db.trama.local", .aaaa) == ["NODATA"])
        #expect(look("1.0.32.10.in-addr.arpa", .ptr) == ["web.trama.local."])
        names.set(["db": addresses("10.32.0.2")], of: "one")
        #expect(look("web.trama.local") == ["10.33.0.1"])
        #expect(look("1.0.32.10.in-addr.arpa", .ptr) == ["elsewhere"])
        names.set([:], of: "two")
        #expect(look("web.trama.local") == ["NXDOMAIN"])
        #expect(look("db.trama.local") == ["10.32.0.2"])
    }

    @Test("Two that tell the same are one, until both have gone")
    func shared() {
        names.set(["web": addresses("10.32.0.1")], of: "one")
        names.set(["web": addresses("10.32.0.1")], of: "two")
        #expect(look("web.trama.local") == ["10.32.0.1"])
        names.set([:], of: "one")
        #expect(look("web.trama.local") == ["10.32.0.1"])
        #expect(look("1.0.32.10.in-addr.arpa", .ptr) == ["web.trama.local."])
        names.set([:], of: "two")
        #expect(look("web.trama.local") == ["NXDOMAIN"])
    }

    @Test("Other domains are elsewhere, and deeper names are not there")
    func other() {
        names.set(["web": addresses("10.32.0.1")], of: "one")
        #expect(look("web.example") == ["elsewhere"])
        #expect(look("a.web.trama.local") == ["NXDOMAIN"])
        #expect(look("trama.local") == ["NODATA"])
        #expect(look("trama.local", .soa) == ["trama.local. 2"])
    }
}
