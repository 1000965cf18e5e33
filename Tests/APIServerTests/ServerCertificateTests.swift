import APIServer
import AsyncHTTPClient
import KubernetesTesting
import NIOCore
import NIOHTTP1
import NIOSSL
import Testing

/// The certificate that a server shows.
@Suite(.timeLimit(.minutes(2))) struct ServerCertificateTests {
    @Test func `a certificate is replaced while the server runs`() async throws {
        let certificates = try await TestCertificates.shared.value
        try await TestAPIServer.run { server in
            func isTrusted() async throws -> Bool {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(certificates.authority))
                let client = HTTPClient(configuration: HTTPClient.Configuration(tlsConfiguration: tls))
                let request = HTTPClientRequest(url: "https://127.0.0.1:\(server.port)/version")
                let status = try? await client.execute(request, timeout: .seconds(30)).status
                try await client.shutdown()
                return status == .ok
            }
            #expect(try await isTrusted())
            // It is another name's.
            try server.server.show(certificates.namedServerTLS)
            #expect(try await !isTrusted())
            try server.server.show(certificates.serverTLS)
            #expect(try await isTrusted())
        }
    }
}
