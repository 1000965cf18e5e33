import KubernetesAPI
import KubernetesClient
import KubernetesTesting
import Synchronization
import Testing

@Suite("Credential plug-ins", .timeLimit(.minutes(1)))
struct ExecPluginTests {
    /// Runs a client whose plug-in is a shell script against a server that gives the replies in order.
    ///
    /// - Parameters:
    ///   - hasFiles: Reads the certificate authority from the file `ca.crt`, so that files are read again.
    ///   - time: What passes for files; the plug-in's time limit needs one that does not pass by itself at once.
    private func withClient<R>(
        script: String,
        version: ExecPlugin.Version = .v1,
        hasFiles: Bool = false,
        time: Timekeeper = .continuous,
        wallClock: @escaping @Sendable () -> Timestamp = { Timestamp.now },
        replies: [TestReply],
        _ body: (KubernetesClient, TestServer, TemporaryFolder) async throws -> R
    ) async throws -> R {
        let certificates = try await TestCertificates.shared.value
        let folder = try TemporaryFolder()
        try folder.write("plugin", Array("#!/bin/sh\ncd '\(folder.path)'\n\(script)\n".utf8), mode: 0o755)
        try folder.write("client.crt", certificates.clientCertificate)
        try folder.write("client.key", certificates.clientKey)
        try folder.write("ca.crt", certificates.authority)
        return try await TestServer.run(tls: certificates.serverTLS, replies: replies) { server in
            let plugin = ExecPlugin(
                version: version,
                command: "\(folder.path)/plugin",
                arguments: ["one", "two"],
                environment: ["EXTRA": "value"],
                installHint: "install it"
            )
            let configuration = ClientConfiguration(
                server: ServerAddress(host: "127.0.0.1", port: server.port),
                trust: ServerTrust(
                    authorities: hasFiles ? .file("\(folder.path)/ca.crt") : .inline(certificates.authority)
                ),
                authentication: .exec(plugin)
            )
            let client = try KubernetesClient(configuration, time: time, wallClock: wallClock)
            do {
                let result = try await body(client, server, folder)
                await client.shutdown()
                return result
            } catch {
                await client.shutdown()
                throw error
            }
        }
    }

    /// A script that counts its runs in a file and gives out `token-<run>`.
    private func counting(status: String = "", version: ExecPlugin.Version = .v1) -> String {
        """
        echo x >>runs
        n=$(wc -l <runs)
        printf '{"apiVersion":"\(version.rawValue)","kind":"ExecCredential","status":{\(status)"token":"token-%s"}}' $n
        """
    }

    private func tokens(_ server: TestServer) -> [String] {
        server.requests.map { $0.header("Authorization").first ?? "" }
    }

    @Test("A token is kept and used again", arguments: ExecPlugin.Version.allCases)
    func cached(version: ExecPlugin.Version) async throws {
        let reply = try Captured("node").reply
        try await withClient(script: counting(version: version), version: version, replies: [reply, reply]) {
            client,
            server,
            _ in
            _ = try await client.get(Node.self, name: "n0")
            _ = try await client.get(Node.self, name: "n0")
            #expect(tokens(server) == ["Bearer token-1", "Bearer token-1"])
        }
    }

    @Test("The program is run again when its token ends")
    func expires() async throws {
        let reply = try Captured("node").reply
        let script = counting(status: #""expirationTimestamp":"2020-01-01T00:00:00Z","#)
        try await withClient(script: script, replies: [reply, reply]) { client, server, _ in
            _ = try await client.get(Node.self, name: "n0")
            _ = try await client.get(Node.self, name: "n0")
            #expect(tokens(server) == ["Bearer token-1", "Bearer token-2"])
        }
    }

    @Test("The program is run again when its token is refused")
    func refused() async throws {
        let replies = [try Captured("unauthorized").reply, try Captured("node").reply]
        try await withClient(script: counting(), replies: replies) { client, server, _ in
            _ = try await client.get(Node.self, name: "n0")
            #expect(tokens(server) == ["Bearer token-1", "Bearer token-2"])
        }
    }

    @Test("Requests at the same time share one run of the program")
    func shared() async throws {
        let reply = try Captured("node").reply
        try await withClient(script: counting(), replies: [reply, reply, reply]) { client, server, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask { _ = try await client.get(Node.self, name: "n0") }
                }
                try await group.waitForAll()
            }
            #expect(tokens(server) == ["Bearer token-1", "Bearer token-1", "Bearer token-1"])
        }
    }

    @Test("A certificate may be given out instead of a token")
    func certificate() async throws {
        let script = #"""
            escape() { awk '{printf "%s\\n", $0}' "$1"; }
            cat <<END
            {"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{
            "clientCertificateData":"$(escape client.crt)","clientKeyData":"$(escape client.key)"}}
            END
            """#
        try await withClient(script: script, replies: [try Captured("node").reply]) { client, server, _ in
            _ = try await client.get(Node.self, name: "n0")
            #expect(server.requests.first?.hasClientCertificate == true)
        }
    }

    @Test("The program gets its arguments, its environment, and the request in KUBERNETES_EXEC_INFO")
    func environment() async throws {
        let script = "echo \"$1 $2 $EXTRA $KUBERNETES_EXEC_INFO\" >seen\n" + counting()
        try await withClient(script: script, replies: [try Captured("node").reply]) { client, _, folder in
            _ = try await client.get(Node.self, name: "n0")
            #expect(
                String(decoding: try folder.read("seen"), as: UTF8.self)
                    == #"one two value {"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","#
                    + #""spec":{"interactive":false}}"# + "\n"
            )
        }
    }

    @Test(
        "A program that fails, or gives out nonsense, is an error that names it",
        arguments: [
            ("echo 'log in first' >&2; exit 3", "log in first"),
            ("echo nonsense", "its output is not an ExecCredential"),
            (
                #"echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"a"}}'"#,
                "client.authentication.k8s.io/v1beta1"
            ),
            (#"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{}}'"#, "status"),
            ("head -c 2000000 /dev/zero", "cannot run it"),
        ]
    )
    func failures(script: String, part: String) async throws {
        try await withClient(script: script, replies: []) { client, _, folder in
            let error = try await #require(throws: ClientError.self) { try await client.get(Node.self, name: "n0") }
            #expect(error.description.hasPrefix("credentials: exec plug-in \(folder.path)/plugin: "))
            #expect(error.description.contains(part))
        }
    }

    @Test("A program that is not there is an error with the hint how to install it")
    func missing() async throws {
        try await withClient(script: "", replies: []) { client, _, folder in
            try folder.remove("plugin")
            let error = try await #require(throws: ClientError.self) { try await client.get(Node.self, name: "n0") }
            #expect(error.description.hasSuffix("; install it"))
        }
    }

    // MARK: Next to files

    /// Time that is moved on by hand, while sleeps last as long as they say.
    private func movable(_ manual: ManualTime) -> Timekeeper {
        Timekeeper(now: manual.timekeeper.now, sleep: { try await Task.sleep(for: $0) })
    }

    @Test("Files that are read again do not run the program again")
    func filesDoNotRunIt() async throws {
        let time = ManualTime()
        let reply = try Captured("node").reply
        try await withClient(script: counting(), hasFiles: true, time: movable(time), replies: [reply, reply]) {
            client,
            server,
            _ in
            _ = try await client.get(Node.self, name: "n0")
            time.advance(by: .seconds(61))
            _ = try await client.get(Node.self, name: "n0")
            #expect(tokens(server) == ["Bearer token-1", "Bearer token-1"])
        }
    }

    @Test("A certificate authority that cannot be read for a moment stays in use when the program runs again")
    func missingFile() async throws {
        let time = ManualTime()
        let reply = try Captured("node").reply
        let script = counting(status: #""expirationTimestamp":"2020-01-01T00:00:00Z","#)
        try await withClient(script: script, hasFiles: true, time: movable(time), replies: [reply, reply]) {
            client,
            server,
            folder in
            _ = try await client.get(Node.self, name: "n0")
            try folder.remove("ca.crt")
            time.advance(by: .seconds(61))
            _ = try await client.get(Node.self, name: "n0")
            #expect(tokens(server) == ["Bearer token-1", "Bearer token-2"])
        }
    }

    @Test("Where the program fails, its last credential is used until it ends")
    func failureBeforeTheEnd() async throws {
        let end = try #require(Timestamp("2030-01-01T00:00:00Z"))
        let clock = Mutex(end.advanced(by: .seconds(-60)))
        let reply = try Captured("node").reply
        let script = "test -e broken && exit 1\n" + counting(status: #""expirationTimestamp":"2030-01-01T00:00:00Z","#)
        try await withClient(script: script, wallClock: { clock.withLock { $0 } }, replies: [reply, reply]) {
            client,
            server,
            folder in
            _ = try await client.get(Node.self, name: "n0")
            try folder.write("broken", "")
            clock.withLock { $0 = end.advanced(by: .seconds(-5)) }
            _ = try await client.get(Node.self, name: "n0")
            #expect(tokens(server) == ["Bearer token-1", "Bearer token-1"])
            clock.withLock { $0 = end }
            _ = await #expect(throws: ClientError.self) { try await client.get(Node.self, name: "n0") }
        }
    }
}
