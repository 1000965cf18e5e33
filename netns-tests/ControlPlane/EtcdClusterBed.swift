import Glibc
import Netlink

/// Three members of an etcd cluster that speak TLS, two control planes over them with one authority, each on a host.
struct EtcdClusterBed {
    let lab: Lab
    let folder: TemporaryFolder
    let members: [ChildProcess]
    /// By host.
    let planes: [String: ChildProcess]

    static let etcd = "/usr/bin/etcd"
    private static let addresses = ["a": "10.0.4.2", "b": "10.0.5.2"]

    /// Starts all of it and waits until both control planes are ready.
    init() async throws {
        let lab = try await Lab(hosts: "e1", "e2", "e3", "a", "b")
        let folder = try TemporaryFolder()
        (self.lab, self.folder) = (lab, folder)
        _ = try await lab["e1"].run("sh", "-c", Self.certificates(in: folder.path))
        members = try (1...3).map { try Self.member($0, lab, folder.path) }
        // Both have one authority and one key for tokens, as the servers of a cluster do.
        _ = try await TramaProgram.run(
            "control-plane",
            "init",
            "--folder",
            "\(folder.path)/a",
            "--advertise-address",
            "10.0.4.2",
            on: lab["a"]
        )
        let copy = "mkdir -m 700 -p b/pki && cp -p a/pki/ca.* a/pki/sa.key b/pki/"
        _ = try await lab["e1"].run("sh", "-c", "cd '\(folder.path)' && \(copy)")
        planes = try ["a": Self.plane("a", lab, folder.path), "b": Self.plane("b", lab, folder.path)]
        for name in ["a", "b"] {
            try await eventually("control plane \(name) to be ready", within: .seconds(90)) { () -> Bool in
                if let plane = planes[name], let ending = plane.ending {
                    throw NetlinkError(operation: "start a control plane; \(ending):\n\(plane.text)", errno: ECHILD)
                }
                return (try? await kubectl(name, "get", "--raw", "/readyz")) == "ok"
            }
        }
    }

    private static func certificates(in folder: String) -> String {
        """
        set -e
        cd '\(folder)'
        key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
        key etcd-ca; key etcd; key client
        openssl req -x509 -new -key etcd-ca.key -subj /CN=etcd-ca -days 2 -out etcd-ca.crt
        printf 'subjectAltName=IP:10.0.1.2,IP:10.0.2.2,IP:10.0.3.2\\n' >etcd.ext
        printf 'extendedKeyUsage=clientAuth\\n' >client.ext
        for name in etcd client; do
            openssl req -new -key "$name.key" -subj "/CN=$name" -out "$name.csr"
            openssl x509 -req -in "$name.csr" -CA etcd-ca.crt -CAkey etcd-ca.key -CAcreateserial -days 2 \
                -extfile "$name.ext" -out "$name.crt"
        done
        """
    }

    private static func member(_ number: Int, _ lab: Lab, _ folder: String) throws -> ChildProcess {
        let (client, peer) = ("https://10.0.\(number).2:2379", "http://10.0.\(number).2:2380")
        let cluster = (1...3).map { "e\($0)=http://10.0.\($0).2:2380" }.joined(separator: ",")
        return try ChildProcess(
            [
                etcd, "--data-dir", "\(folder)/data-\(number)", "--name", "e\(number)", "--log-level", "error",
                "--logger", "zap", "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", cluster,
                "--unsafe-no-fsync", "--client-cert-auth", "--trusted-ca-file", "\(folder)/etcd-ca.crt",
                "--cert-file", "\(folder)/etcd.crt", "--key-file", "\(folder)/etcd.key",
            ],
            in: lab["e\(number)"].namespace
        )
    }

    private static func plane(_ name: String, _ lab: Lab, _ folder: String) throws -> ChildProcess {
        try TramaProgram.start(
            [
                "control-plane", "run", "--folder", "\(folder)/\(name)", "--advertise-address", addresses[name] ?? "",
                "--etcd-servers", (1...3).map { "https://10.0.\($0).2:2379" }.joined(separator: ","),
                "--etcd-cafile", "\(folder)/etcd-ca.crt", "--etcd-certfile", "\(folder)/client.crt",
                "--etcd-keyfile", "\(folder)/client.key",
            ],
            on: lab[name]
        )
    }

    /// Runs kubectl against the control plane of a host, on that host.
    @discardableResult
    func kubectl(_ name: String, _ arguments: String..., input: String = "") async throws -> String {
        let own = [
            "kubectl", "--kubeconfig", "\(folder.path)/\(name)/admin.conf", "--cache-dir", "\(folder.path)/cache",
        ]
        return try await Program.run(own + arguments, in: lab[name].namespace.duplicate(), input: input)
    }

    /// Waits until kubectl on a host prints this.
    func expect(
        _ text: String,
        on name: String,
        _ arguments: String...,
        within limit: Duration = .seconds(60)
    ) async throws {
        let own = [
            "kubectl", "--kubeconfig", "\(folder.path)/\(name)/admin.conf", "--cache-dir", "\(folder.path)/cache",
        ]
        try await eventually("\(arguments) on \(name) to print \(text)", within: limit) { () -> Bool in
            (try? await Program.run(own + arguments, in: lab[name].namespace.duplicate())) == text
        }
    }

    /// Cuts a member off from the other members, and from nobody else.
    func isolate(_ number: Int) async throws {
        let others = (1...3).filter { $0 != number }.map { "10.0.\($0).2" }.joined(separator: ",")
        let rules = """
            table ip cut {
                chain forward {
                    type filter hook forward priority 0
                    ip saddr 10.0.\(number).2 ip daddr { \(others) } drop
                    ip daddr 10.0.\(number).2 ip saddr { \(others) } drop
                }
            }
            """
        _ = try await lab.router.run("nft", rules)
    }

    /// Joins the member again.
    func heal() async throws { _ = try await lab.router.run("nft", "delete table ip cut") }
}
