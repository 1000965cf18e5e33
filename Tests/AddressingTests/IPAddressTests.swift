import Addressing
import Testing

@Suite struct IPAddressTests {
    @Test(
        "text is read as Kubernetes reads it and printed canonically",
        arguments: [
            ("10.0.0.1", "10.0.0.1"), ("010.000.0.01", "10.0.0.1"), ("255.255.255.255", "255.255.255.255"),
            ("::", "::"), ("::1", "::1"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("fe80::", "fe80::"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::ffff:10.0.0.1", "10.0.0.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ]
    )
    func text(written: String, canonical: String) throws {
        let address = try #require(IPAddress(written))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
        #expect(IPAddress(networkBytes: address.networkBytes) == address)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1..2.3", ".1.2.3", "1.2.3.", "a.b.c.d", "1.2.3.4 ",
            "10.0.0.1:80",
            ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::12345", "::g", "1:",
            "fe80::1%eth0", "::1.2.3", "1.2.3.4::", "2001:db8::/32",
        ]
    )
    func refused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func prefixes() throws {
        let prefix = try #require(IPPrefix("10.1.2.3/8"))
        #expect(prefix.description == "10.0.0.0/8")
        #expect(prefix.lastAddress.description == "10.255.255.255")
        #expect(prefix.contains(.v4(0x0aff_0000)))
        #expect(!prefix.contains(.v4(0x0b00_0000)))
        #expect(try !prefix.contains(#require(IPAddress("::a00:1"))))
        #expect(IPPrefix("2001:db8::1/65")?.description == "2001:db8::/65")
        #expect(IPPrefix("2001:db8::/65")?.lastAddress.description == "2001:db8::7fff:ffff:ffff:ffff")
        #expect(IPPrefix("2001:db8:ffff::/33")?.description == "2001:db8:8000::/33")
        #expect(IPPrefix("::/0")?.lastAddress.description == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
        #expect(IPPrefix("0.0.0.0/0")?.lastAddress.description == "255.255.255.255")
    }

    @Test(arguments: [
        "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "/8", "10.0.0.0/+8", "10.0.0.0/0008",
    ])
    func prefixRefused(text: String) {
        #expect(IPPrefix(text) == nil)
    }
}
