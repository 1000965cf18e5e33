import Observability
import Testing

@testable import Overlay

@Suite struct StatusPagesTests {
    private let pages = StatusPages(
        address: ListenAddress(host: "127.0.0.1", port: 6784),
        registry: MetricsRegistry()
    ) {
        var status = OverlayStatus()
        status.name = "host1"
        return status
    }

    @Test(arguments: ["localhost:6784", "127.0.0.1:6784", "[::1]:6784", "LOCALHOST"])
    func `a request that names this machine is answered`(_ host: String) async {
        let response = await pages.respond(to: StatusRequest(target: "/status", host: host))
        #expect(response.status == 200)
        #expect(response.body.contains("host1"))
    }

    @Test(arguments: ["evil.example", "evil.example:6784", "127.0.0.1.evil.example", ""])
    func `a request that names another host is refused`(_ host: String) async {
        #expect(await pages.respond(to: StatusRequest(target: "/status", host: host)).status == 403)
    }

    @Test func `a request without a host is refused`() async {
        #expect(await pages.respond(to: StatusRequest(target: "/report")).status == 403)
    }
}
