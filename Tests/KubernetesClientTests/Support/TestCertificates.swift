import NIOSSL
import Subprocess

/// Certificates made by the `openssl` program: an authority, a server that it vouches for, and a client.
struct TestCertificates: Sendable {
    var authority: [UInt8]
    var serverTLS: TLSConfiguration
    var clientCertificate: [UInt8]
    var clientKey: [UInt8]

    /// Made once for all tests. The server is 127.0.0.1 and `api.test`.
    static let shared = Task { try await TestCertificates() }

    private init() async throws {
        let folder = try TemporaryFolder()
        let script = """
            set -e
            cd '\(folder.path)'
            key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
            key ca; key server; key client
            openssl req -x509 -new -key ca.key -subj /CN=test-ca -days 2 -out ca.crt
            printf 'subjectAltName=IP:127.0.0.1,DNS:api.test\\n' >server.ext
            printf 'extendedKeyUsage=clientAuth\\n' >client.ext
            sign() {
                openssl req -new -key "$1.key" -subj "/O=system:nodes/CN=$1" -out "$1.csr"
                openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile "$1.ext" -out "$1.crt"
            }
            sign server; sign client
            """
        let result = try await run(
            .name("sh"),
            arguments: ["-c", script],
            output: .discarded,
            error: .string(limit: 1 << 16)
        )
        guard result.terminationStatus.isSuccess else {
            throw Failure(text: result.standardError)
        }
        authority = try folder.read("ca.crt")
        clientCertificate = try folder.read("client.crt")
        clientKey = try folder.read("client.key")
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(folder.read("server.crt")).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: folder.read("server.key"), format: .pem))
        )
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
        tls.certificateVerification = .optionalVerification
        serverTLS = tls
    }

    struct Failure: Error {
        var text: String
    }
}
