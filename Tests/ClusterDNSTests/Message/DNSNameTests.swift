import ClusterDNS
import Testing

@Suite("Names of the DNS")
struct DNSNameTests {
    @Test("A name is read with and without its last dot, and printed with it")
    func text() throws {
        let name = try #require(DNSName("web.default.svc"))
        #expect(name == DNSName("web.default.svc."))
        #expect(name.description == "web.default.svc.")
        #expect(name.wire == [3] + Array("web".utf8) + [7] + Array("default".utf8) + [3] + Array("svc".utf8) + [0])
        #expect(DNSName(".") == .root)
        #expect(DNSName.root.description == ".")
    }

    @Test("Bytes that mean something in texts are escaped")
    func escapes() throws {
        let name = try #require(DNSName(labels: [Array("a.b".utf8), [0, 0x5c]]))
        #expect(name.description == #"a\.b.\000\\."#)
        #expect(DNSName(name.description)?.wire == name.wire)
    }

    @Test(
        "A text that is no name is refused",
        arguments: [
            "", "..", ".a", "a..b", #"a\25"#, #"a\256"#, #"a\"#, String(repeating: "x", count: 64),
            Array(repeating: "xxx", count: 64).joined(separator: "."),
        ]
    )
    func refused(text: String) {
        #expect(DNSName(text) == nil)
    }

    @Test("The longest labels and names are taken")
    func longest() throws {
        #expect(DNSName(String(repeating: "x", count: 63)) != nil)
        // 63 labels of 3 with their lengths, one of 1 with its length, and the root: 255 bytes.
        let longest = try #require(DNSName((Array(repeating: "xxx", count: 63) + ["x"]).joined(separator: ".")))
        #expect(longest.wire.count == 255)
        #expect(longest.prepending("a") == nil)
    }

    @Test("Names are equal whatever the case of their letters, and other bytes are not letters")
    func equality() throws {
        let one = try #require(DNSName("Web.Default"))
        let two = try #require(DNSName("wEB.dEFAULT"))
        #expect(one == two)
        #expect(one.hashValue == two.hashValue)
        #expect(DNSName("a@") != DNSName("a`"))
        #expect(DNSName("ab.c") != DNSName("a.bc"))
    }

    @Test("A name is below another by whole labels")
    func within() throws {
        let parent = try #require(DNSName("cluster.local"))
        #expect(DNSName("web.CLUSTER.local")?.labels(before: parent) == ["web"])
        #expect(DNSName("cluster.local")?.labels(before: parent) == [])
        #expect(DNSName("mycluster.local")?.labels(before: parent) == nil)
        #expect(DNSName("local")?.isWithin(parent) == false)
        #expect(DNSName("anything")?.isWithin(.root) == true)
        // The parent's bytes, but inside a label.
        let inside = DNSName(labels: [[0x61] + parent.wire.dropLast()])
        #expect(inside?.isWithin(parent) == false)
    }
}
