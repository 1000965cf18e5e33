import KubernetesClient
import KubernetesTesting
import Testing

@Suite("Kubeconfig")
struct KubeconfigTests {
    private static let complete = """
        apiVersion: v1
        kind: Config
        current-context: main
        preferences: {}
        clusters:
        - name: one
          cluster:
            server: https://10.0.0.1:6443
            certificate-authority-data: Q0E=
            tls-server-name: api.test
            proxy-url: http://proxy:3128
        - name: two
          cluster:
            server: https://[fd00::2]:6443
            certificate-authority: pki/ca.crt
        - name: careless
          cluster: {server: "https://10.0.0.3", insecure-skip-tls-verify: true}
        - name: broken
          cluster: {server: "10.0.0.4:x"}
        users:
        - name: cert
          user: {client-certificate-data: Q0VSVA==, client-key-data: S0VZ}
        - name: files
          user: {client-certificate: /pki/c.crt, client-key: c.key}
        - name: token
          user: {token: abc}
        - name: token-file
          user: {token: abc, tokenFile: token}
        - name: both
          user: {token: abc, client-certificate-data: Q0VSVA==, client-key-data: S0VZ}
        - name: basic
          user: {username: me, password: secret}
        - name: exec
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1
              command: ./bin/login
              args: [--cluster, a]
              env: [{name: A, value: b}]
              provideClusterInfo: true
              interactiveMode: IfAvailable
        - name: gone
          user: {auth-provider: {name: gcp}}
        - name: as
          user: {token: abc, as: jane, as-groups: [devs]}
        contexts:
        - {name: main, context: {cluster: one, user: cert, namespace: x}}
        - {name: second, context: {cluster: two, user: files}}
        - {name: careless, context: {cluster: careless, user: token}}
        - {name: broken, context: {cluster: broken, user: token}}
        - {name: token-file, context: {cluster: two, user: token-file}}
        - {name: both, context: {cluster: two, user: both}}
        - {name: basic, context: {cluster: two, user: basic}}
        - {name: exec, context: {cluster: one, user: exec}}
        - {name: gone, context: {cluster: one, user: gone}}
        - {name: as, context: {cluster: one, user: as}}
        - {name: anonymous, context: {cluster: one}}
        - {name: nobody, context: {cluster: one, user: nobody}}
        - {name: nowhere, context: {cluster: nowhere, user: token}}
        """

    private func configuration(
        _ context: String? = nil,
        of text: String = complete
    ) throws(ClientError) -> ClientConfiguration {
        try Kubeconfig(bytes: Array(text.utf8), origin: "/etc/kube/config").configuration(context: context)
    }

    @Test("The current context is used where none is named")
    func current() throws {
        let configuration = try configuration()
        #expect(configuration.server.description == "https://10.0.0.1:6443")
        #expect(configuration.trust.authorities == .inline(Array("CA".utf8)))
        #expect(configuration.trust.serverName == "api.test")
        #expect(configuration.proxy?.host == "proxy")
        let pair = Authentication.clientCertificate(chain: .inline(Array("CERT".utf8)), key: .inline(Array("KEY".utf8)))
        #expect(configuration.authentication == pair)
    }

    @Test("Relative paths begin at the kubeconfig's folder")
    func relativePaths() throws {
        let configuration = try configuration("second")
        #expect(configuration.trust.authorities == .file("/etc/kube/pki/ca.crt"))
        let pair = Authentication.clientCertificate(chain: .file("/pki/c.crt"), key: .file("/etc/kube/c.key"))
        #expect(configuration.authentication == pair)
    }

    @Test("Every way to authenticate is understood")
    func authentication() throws {
        #expect(try configuration("careless").authentication == .token(.inline(Array("abc".utf8))))
        #expect(try configuration("careless").trust.acceptsAnyCertificate)
        #expect(try configuration("basic").authentication == .basic(username: "me", password: "secret"))
        #expect(try configuration("anonymous").authentication == .none)
        #expect(try configuration("as").impersonation == Impersonation(user: "jane", groups: ["devs"]))
        guard case .all(let parts) = try configuration("both").authentication else {
            Issue.record("a certificate and a token are used together")
            return
        }
        #expect(parts.count == 2)
    }

    @Test("A token file is preferred to a token, because it is rotated")
    func tokenFile() throws {
        #expect(try configuration("token-file").authentication == .token(.file("/etc/kube/token")))
    }

    @Test("An exec plug-in keeps its settings and learns of the cluster")
    func exec() throws {
        guard case .exec(let plugin) = try configuration("exec").authentication else {
            Issue.record("no plug-in")
            return
        }
        #expect(plugin.command == "/etc/kube/./bin/login")
        #expect(plugin.arguments == ["--cluster", "a"])
        #expect(plugin.environment == ["A": "b"])
        #expect(plugin.cluster?.server == "https://10.0.0.1:6443")
    }

    @Test(
        "An error names the file, the field and the remedy",
        arguments: [
            ("nosuch", "/etc/kube/config: current-context: there is no context \"nosuch\"; there is \"anonymous\", "),
            ("nobody", "/etc/kube/config: contexts[nobody].context.user: there is no user \"nobody\"; there is "),
            ("nowhere", "/etc/kube/config: contexts[nowhere].context.cluster: there is no cluster \"nowhere\"; "),
            ("broken", "/etc/kube/config: clusters[broken].cluster.server: \"10.0.0.4:x\" is not an address; write "),
            ("gone", "/etc/kube/config: users[gone].user.auth-provider: \"gcp\" is a plug-in inside kubectl that no "),
        ]
    )
    func errors(context: String, beginning: String) throws {
        let error = try #require(throws: ClientError.self) { try configuration(context) }
        #expect(error.description.hasPrefix(beginning))
    }

    @Test(
        "Settings that contradict each other are refused",
        arguments: [
            (
                "cluster: {server: 'https://h', insecure-skip-tls-verify: true, certificate-authority: a}", "user: {}",
                "clusters[c].cluster.insecure-skip-tls-verify"
            ),
            ("cluster: {server: 'https://h'}", "user: {client-key: a}", "users[u].user.client-certificate-data"),
            ("cluster: {server: 'https://h'}", "user: {client-certificate: a}", "users[u].user.client-key-data"),
            (
                "cluster: {server: 'https://h'}", "user: {client-certificate-data: '%', client-key: a}",
                "users[u].user.client-certificate-data"
            ),
            ("cluster: {server: 'https://h', proxy-url: 'ftp://x'}", "user: {}", "clusters[c].cluster.proxy-url"),
            (
                "cluster: {server: 'https://h'}", "user: {exec: {apiVersion: client.authentication.k8s.io/v1alpha1}}",
                "users[u].user.exec.apiVersion"
            ),
            (
                "cluster: {server: 'https://h'}", "user: {exec: {apiVersion: client.authentication.k8s.io/v1}}",
                "users[u].user.exec.command"
            ),
        ]
    )
    func contradictions(cluster: String, user: String, field: String) throws {
        let text = """
            current-context: x
            clusters: [{name: c, \(cluster)}]
            users: [{name: u, \(user)}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            """
        let error = try #require(throws: ClientError.self) { try configuration(of: text) }
        guard case .configuration(let error) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(error.field == field)
    }

    @Test("What is not YAML, or not a mapping, is an error with the file's name", arguments: ["a: [", "- a"])
    func notAKubeconfig(text: String) throws {
        let error = try #require(throws: ClientError.self) { try configuration(of: text) }
        #expect(error.description.hasPrefix("/etc/kube/config: is not"))
    }

    @Test("A master address takes the place of the cluster's server, and needs no kubeconfig")
    func master() throws {
        let alone = try ClientConfiguration.resolve(kubeconfig: nil, master: "https://[::1]:6443", environment: [:])
        #expect(alone.server.description == "https://[::1]:6443")
        let folder = try TemporaryFolder()
        try folder.write("config", Self.complete)
        let both = try ClientConfiguration.resolve(
            kubeconfig: "\(folder.path)/config",
            master: "http://127.0.0.1:8080",
            environment: [:]
        )
        #expect(both.server.description == "http://127.0.0.1:8080")
        #expect(both.authentication != .none)
    }
}
