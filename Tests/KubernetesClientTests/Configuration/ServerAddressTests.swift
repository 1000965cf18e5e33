import KubernetesClient
import Testing

@Suite("Server and proxy addresses")
struct ServerAddressTests {
    @Test(
        "A URL is taken apart and printed again",
        arguments: [
            ("https://10.0.0.1:6443", "https://10.0.0.1:6443"),
            ("https://api.example.com", "https://api.example.com:443"),
            ("http://localhost", "http://localhost:80"),
            ("https://[fd00::1]:6443/", "https://[fd00::1]:6443"),
            ("https://rancher.example.com/k8s/clusters/c-1/", "https://rancher.example.com:443/k8s/clusters/c-1"),
            ("10.0.0.1:8080", "http://10.0.0.1:8080"),
            ("HTTPS://Host:1", "https://Host:1"),
        ]
    )
    func read(text: String, printed: String) throws {
        #expect(try #require(ServerAddress(text)).description == printed)
    }

    @Test(
        "What is no address is refused",
        arguments: [
            "", "https://", "ftp://host", "https://host:0", "https://host:65536", "https://user@host",
            "https://host?a=b",
            "https://ho st", "https://[fd00::1", "https://[host]:1",
        ]
    )
    func refuse(text: String) {
        #expect(ServerAddress(text) == nil)
    }

    @Test("A proxy speaks HTTP or SOCKS 5")
    func proxies() throws {
        let http = try #require(ProxyAddress("http://me:secret@proxy.example.com:3128"))
        #expect(http.scheme == .http)
        #expect(http.host == "proxy.example.com")
        #expect(http.port == 3128)
        #expect(http.userInfo == "me:secret")
        #expect(ProxyAddress("socks5://[::1]")?.port == 1080)
        #expect(ProxyAddress("https://proxy.example.com") == nil)
        #expect(ProxyAddress("proxy.example.com:3128") == nil)
    }
}
