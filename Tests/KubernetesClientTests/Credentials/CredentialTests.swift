import KubernetesAPI
import KubernetesClient
import KubernetesTesting
import Testing

@Suite("Credentials", .timeLimit(.minutes(1)))
struct CredentialTests {
    private func withClient<R>(
        _ authentication: Authentication,
        trust: ServerTrust? = nil,
        byNameOnly: Bool = false,
        replies: [TestReply],
        time: ManualTime = ManualTime(),
        _ body: (KubernetesClient, TestServer) async throws -> R
    ) async throws -> R {
        let certificates = try await TestCertificates.shared.value
        return try await TestServer.run(
            tls: byNameOnly ? certificates.namedServerTLS : certificates.serverTLS,
            replies: replies
        ) { server in
            let configuration = ClientConfiguration(
                server: ServerAddress(host: "127.0.0.1", port: server.port),
                trust: trust ?? ServerTrust(authorities: .inline(certificates.authority)),
                authentication: authentication
            )
            let client = try KubernetesClient(configuration, time: time.timekeeper)
            do {
                let result = try await body(client, server)
                await client.shutdown()
                return result
            } catch {
                await client.shutdown()
                throw error
            }
        }
    }

    private func authorizations(_ server: TestServer) -> [String] {
        server.requests.map { $0.header("Authorization").first ?? "" }
    }

    @Test("A client certificate is shown to the server")
    func clientCertificate() async throws {
        let certificates = try await TestCertificates.shared.value
        let authentication = Authentication.clientCertificate(
            chain: .inline(certificates.clientCertificate),
            key: .inline(certificates.clientKey)
        )
        try await withClient(authentication, replies: [try Captured("node").reply]) { client, server in
            _ = try await client.get(Node.self, name: "n0")
            #expect(server.requests.first?.hasClientCertificate == true)
        }
    }

    @Test("A server whose authority is not trusted is refused")
    func untrusted() async throws {
        try await withClient(.none, trust: ServerTrust(), replies: []) { client, _ in
            let error = try await #require(throws: ClientError.self) { try await client.get(Node.self, name: "n0") }
            guard case .transport(let request, let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(request == "GET /api/v1/nodes/n0")
            #expect(reason.contains("CERTIFICATE_VERIFY_FAILED"))
        }
    }

    @Test("A server must show a certificate for the name that tls-server-name asks for")
    func serverName() async throws {
        let certificates = try await TestCertificates.shared.value
        let authority = SecretSource.inline(certificates.authority)
        let wrong = ServerTrust(authorities: authority, serverName: "other.test")
        try await withClient(.none, trust: wrong, byNameOnly: true, replies: []) { client, _ in
            _ = await #expect(throws: ClientError.self) { try await client.get(Node.self, name: "n0") }
        }
        let right = ServerTrust(authorities: authority, serverName: "api.test")
        let reply = try Captured("node").reply
        try await withClient(.none, trust: right, byNameOnly: true, replies: [reply]) { client, server in
            _ = try await client.get(Node.self, name: "n0")
            #expect(server.requests.first?.header("Host") == ["127.0.0.1:\(server.port)"])
        }
    }

    @Test("Any certificate is accepted only where that was asked for")
    func insecure() async throws {
        let trust = ServerTrust(acceptsAnyCertificate: true)
        try await withClient(.none, trust: trust, replies: [try Captured("node").reply]) { client, _ in
            _ = try await client.get(Node.self, name: "n0")
        }
    }

    @Test("A name and a password are sent as basic authentication")
    func basic() async throws {
        let authentication = Authentication.basic(username: "me", password: "pass")
        try await withClient(authentication, replies: [try Captured("node").reply]) { client, server in
            _ = try await client.get(Node.self, name: "n0")
            #expect(authorizations(server) == ["Basic bWU6cGFzcw=="])
        }
    }

    @Test("A token file is read again after a minute")
    func tokenRotation() async throws {
        let folder = try TemporaryFolder()
        try folder.write("token", "first\n")
        let time = ManualTime()
        let reply = try Captured("node").reply
        let authentication = Authentication.token(.file("\(folder.path)/token"))
        try await withClient(authentication, replies: [reply, reply, reply], time: time) { client, server in
            _ = try await client.get(Node.self, name: "n0")
            try folder.write("token", "second\n")
            time.advance(by: .seconds(59))
            _ = try await client.get(Node.self, name: "n0")
            time.advance(by: .seconds(1))
            _ = try await client.get(Node.self, name: "n0")
            #expect(authorizations(server) == ["Bearer first", "Bearer first", "Bearer second"])
        }
    }

    @Test("A refused token is read again at once, and the request sent again")
    func unauthorized() async throws {
        let folder = try TemporaryFolder()
        try folder.write("token", "old")
        let refusal = try Captured("unauthorized").reply
        let reply = try Captured("node").reply
        let authentication = Authentication.token(.file("\(folder.path)/token"))
        try await withClient(authentication, replies: [reply, refusal, reply]) { client, server in
            _ = try await client.get(Node.self, name: "n0")
            try folder.write("token", "new")
            _ = try await client.get(Node.self, name: "n0")
            #expect(authorizations(server) == ["Bearer old", "Bearer old", "Bearer new"])
        }
    }

    @Test("A token that is refused and did not change is an error, not a loop")
    func unauthorizedForGood() async throws {
        let folder = try TemporaryFolder()
        try folder.write("token", "old")
        let refusal = try Captured("unauthorized").reply
        let authentication = Authentication.token(.file("\(folder.path)/token"))
        try await withClient(authentication, replies: [refusal]) { client, server in
            let error = try await #require(throws: ClientError.self) { try await client.get(Node.self, name: "n0") }
            #expect(error.description == "GET /api/v1/nodes/n0: HTTP 401 (Unauthorized): Unauthorized")
            #expect(server.requests.count == 1)
        }
    }

    @Test("A token file that is gone for a moment leaves the last token in use")
    func missingToken() async throws {
        let folder = try TemporaryFolder()
        try folder.write("token", "abc")
        let time = ManualTime()
        let reply = try Captured("node").reply
        let authentication = Authentication.token(.file("\(folder.path)/token"))
        try await withClient(authentication, replies: [reply, reply], time: time) { client, server in
            _ = try await client.get(Node.self, name: "n0")
            try folder.remove("token")
            time.advance(by: .seconds(61))
            _ = try await client.get(Node.self, name: "n0")
            #expect(authorizations(server) == ["Bearer abc", "Bearer abc"])
        }
    }

    @Test("A missing or empty token is an error that names the file")
    func noToken() async throws {
        let folder = try TemporaryFolder()
        let authentication = Authentication.token(.file("\(folder.path)/token"))
        try await withClient(authentication, replies: []) { client, _ in
            let missing = try await #require(throws: ClientError.self) { try await client.get(Node.self, name: "n0") }
            #expect(missing.description == "credentials: cannot read \(folder.path)/token: No such file or directory")
            try folder.write("token", " \n")
            let empty = try await #require(throws: ClientError.self) { try await client.get(Node.self, name: "n0") }
            #expect(empty.description == "credentials: \(folder.path)/token is empty; it must hold a bearer token")
        }
    }
}
