package import NIOSSL
import Subprocess

/// Certificates made by the `openssl` program: an authority, two servers that it vouches for, and a client.
package struct TestCertificates: Sendable {
    package var authority: [UInt8]
    /// A server that is 127.0.0.1 and `api.test`.
    package var serverTLS: TLSConfiguration
    /// A server that is `api.test` alone.
    package var namedServerTLS: TLSConfiguration
    package var serverCertificate: [UInt8]
    package var serverKey: [UInt8]
    package var clientCertificate: [UInt8]
    package var clientKey: [UInt8]

    /// Made once for all tests.
    package static let shared = Task { try await TestCertificates() }

    private init() async throws {
        let folder = try TemporaryFolder()
        let script = """
            set -e
            cd '\(folder.path)'
            key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
            key ca; key server; key named; key client
            openssl req -x509 -new -key ca.key -subj /CN=test-ca -days 2 -out ca.crt
            printf 'subjectAltName=IP:127.0.0.1,DNS:api.test\\n' >server.ext
            printf 'subjectAltName=DNS:api.test\\n' >named.ext
            printf 'extendedKeyUsage=clientAuth\\n' >client.ext
            sign() {
                openssl req -new -key "$1.key" -subj "/O=system:nodes/CN=$1" -out "$1.csr"
                openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile "$1.ext" -out "$1.crt"
            }
            sign server; sign named; sign client
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
        serverCertificate = try folder.read("server.crt")
        serverKey = try folder.read("server.key")
        clientCertificate = try folder.read("client.crt")
        clientKey = try folder.read("client.key")
        serverTLS = try Self.serverTLS("server", in: folder)
        namedServerTLS = try Self.serverTLS("named", in: folder)
    }

    private static func serverTLS(_ name: String, in folder: TemporaryFolder) throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMBytes(folder.read("\(name).crt"))
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: folder.read("\(name).key"), format: .pem))
        )
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(folder.read("ca.crt")))
        tls.certificateVerification = .optionalVerification
        return tls
    }

    package struct Failure: Error {
        var text: String
    }
}
