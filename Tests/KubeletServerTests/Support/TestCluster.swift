import APIAccess
import APIRegistry
import APISchema
import APIServer
import AsyncHTTPClient
import Addressing
import Glibc
import JSON
import KubeletServer
import KubernetesTesting
import Logging
import NIOSSL
import Observability
import SQLiteStore
import ServiceLifecycle
import Subprocess

/// An API server, one node `node-1` with a kubelet's server, and the real `kubectl` as administrator.
struct TestCluster: Sendable {
    let kubelet: TestKubelet
    let server: APIServer
    let port: Int
    let folder: TemporaryFolder

    static let hasKubectl = access("/usr/bin/kubectl", X_OK) == 0

    /// Runs a cluster for one test.
    static func run<R: Sendable>(_ pods: TestPods, _ body: (TestCluster) async throws -> R) async throws -> R {
        try await TestKubelet.run(pods) { kubelet in
            let folder = try TemporaryFolder()
            let store = try await SQLiteStore.open(at: "\(folder.path)/store.db")
            var logger = Logger(label: "test")
            logger.logLevel = .error
            let ranges = ["10.96.0.0/16"].compactMap { IPPrefix($0) }
            let objects = ObjectRegistry(
                store: store,
                kinds: .standard,
                schema: .standard,
                serviceRanges: ranges,
                logger: logger
            )
            let authority = kubelet.authority
            let server = try APIServer(
                APIServer.Configuration(
                    address: "127.0.0.1",
                    port: 0,
                    tls: try authority.serverTLS(.server(names: ["localhost"], addresses: [[127, 0, 0, 1]])),
                    advertisedAddress: "127.0.0.1:6443",
                    nodeTLS: try authority.clientTLS(.client(user: "kube-apiserver-kubelet-client", groups: []))
                ),
                objects: objects,
                bootstrap: Bootstrap(
                    serviceRanges: ranges,
                    endpoints: ["127.0.0.1"].compactMap { IPAddress($0) },
                    port: 6443,
                    objects: BootstrapPolicy.objects.map {
                        Bootstrap.Object(resource: $0.kind.resource, value: $0.object)
                    }
                ),
                authenticator: ByCertificate(),
                authorizer: RBACAuthorizer(BootstrapPolicy.policy),
                metrics: MetricsRegistry(),
                logger: logger
            )
            let group = ServiceGroup(services: [server], logger: logger)
            return try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let result: Result<R, any Error>
                do {
                    guard await server.waitUntilReady(timeout: .seconds(60)), let port = server.port else {
                        throw TestFailure("the API server is not ready")
                    }
                    let cluster = TestCluster(kubelet: kubelet, server: server, port: port, folder: folder)
                    try cluster.writeKubeconfig()
                    try await cluster.makeNode()
                    result = .success(try await body(cluster))
                } catch {
                    result = .failure(error)
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                await store.shutdown()
                return try result.get()
            }
        }
    }

    private func writeKubeconfig() throws {
        let leaf = try kubelet.authority.leaf(.client(user: "admin", groups: ["system:masters"]))
        try folder.write("ca.crt", Array(try kubelet.authority.certificatePEM.utf8))
        try folder.write("admin.crt", Array(leaf.certificatePEM.utf8))
        try folder.write("admin.key", Array(leaf.keyPEM.utf8))
        try folder.write(
            "kubeconfig",
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "https://127.0.0.1:\(port)", certificate-authority: ca.crt}}]
            users: [{name: u, user: {client-certificate: admin.crt, client-key: admin.key}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            current-context: x
            """
        )
    }

    private func makeNode() async throws {
        try await apply(["apiVersion": "v1", "kind": "Node", "metadata": ["name": "node-1"]])
        try await setNode(port: kubelet.port)
    }

    /// Where the node says that it serves.
    func setNode(port: Int) async throws {
        let status: JSONValue = [
            "status": [
                "addresses": [
                    ["type": "Hostname", "address": "node-1"], ["type": "InternalIP", "address": "127.0.0.1"],
                ],
                "daemonEndpoints": ["kubeletEndpoint": ["Port": .number("\(port)")]],
            ]
        ]
        let patch = String(decoding: status.json, as: UTF8.self)
        _ = try await kubectl("patch", "node", "node-1", "--subresource=status", "--type=merge", "-p", patch)
    }

    /// Makes a pod on the node.
    func makePod(
        _ name: String,
        containers: [String] = ["app"],
        initial: [String] = [],
        node: String? = "node-1"
    ) async throws {
        var pod: JSONValue = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name), "namespace": "default"],
            "spec": ["containers": .array(containers.map { ["name": .string($0), "image": "x"] })],
        ]
        if let node { pod[path: "spec", "nodeName"] = .string(node) }
        if !initial.isEmpty {
            pod[path: "spec", "initContainers"] = .array(initial.map { ["name": .string($0), "image": "x"] })
        }
        try await apply(pod)
        let status: JSONValue = [
            "status": [
                "phase": "Running",
                "containerStatuses": .array(
                    containers.map {
                        ["name": .string($0), "ready": true, "restartCount": 0, "image": "x", "imageID": "x"]
                    }
                ),
            ]
        ]
        let patch = String(decoding: status.json, as: UTF8.self)
        _ = try await kubectl("patch", "pod", name, "--subresource=status", "--type=merge", "-p", patch)
    }

    private func apply(_ object: JSONValue) async throws {
        _ = try await kubectl("create", "-f", "-", input: String(decoding: object.json, as: UTF8.self))
    }

    /// How kubectl has ended.
    struct Ended: Sendable {
        var output: String
        var error: String
        var code: Int
    }

    /// The arguments of a command.
    func arguments(_ arguments: [String]) -> [String] {
        ["--kubeconfig", "\(folder.path)/kubeconfig", "--cache-dir", "\(folder.path)/cache"] + arguments
    }

    /// Runs a command that succeeds, and returns what it prints.
    func kubectl(_ arguments: String..., input: String = "") async throws -> String {
        let ended = try await end(arguments, input: input)
        guard ended.code == 0 else {
            throw TestFailure("kubectl \(arguments.joined(separator: " ")): \(ended.code) \(ended.error)")
        }
        return ended.output
    }

    /// Runs a command to its end.
    func end(_ arguments: [String], input: String = "") async throws -> Ended {
        let result = try await Subprocess.run(
            .name("kubectl"),
            arguments: Arguments(self.arguments(arguments)),
            input: .string(input),
            output: .string(limit: 32 << 20),
            error: .string(limit: 1 << 20)
        )
        var code = -1
        if case .exited(let status) = result.terminationStatus { code = Int(status) }
        return Ended(output: result.standardOutput, error: result.standardError, code: code)
    }
}

/// Who somebody is, only his certificate says.
private struct ByCertificate: Authenticator {
    func identity(bearerToken: String) async -> RequestIdentity? { nil }
    func identity(certificate: [UInt8]) async -> RequestIdentity? { RequestIdentity(certificate: certificate) }
}
