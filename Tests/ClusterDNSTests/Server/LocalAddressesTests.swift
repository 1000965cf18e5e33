import Addressing
import Testing

@testable import ClusterDNS

@Suite("Addresses to listen on")
struct LocalAddressesTests {
    @Test(
        "Every address of the machine that means it alone",
        arguments: ["10.0.0.1", "127.0.0.1", "169.254.20.10", "fd00::1", "::1"]
    )
    func usable(text: String) throws {
        #expect(LocalAddresses.canListen(try #require(IPAddress(text))))
    }

    @Test(
        "Not those of IPv6 links, nor those of many or none",
        arguments: ["fe80::1", "224.0.0.251", "ff02::fb", "0.0.0.0", "::"]
    )
    func useless(text: String) throws {
        #expect(!LocalAddresses.canListen(try #require(IPAddress(text))))
    }
}
