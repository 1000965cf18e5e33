import JSON
import KubernetesAPI
import KubernetesClient

/// A lab's API server, as its administrator sees it.
final class LabCluster: Sendable {
    private let client: KubernetesClient

    /// The server of a kubeconfig.
    init(kubeconfig: String) throws {
        var configuration = try Kubeconfig(path: kubeconfig).configuration()
        configuration.requestsPerSecond = 0
        configuration.connectTimeout = .seconds(5)
        client = try KubernetesClient(configuration)
    }

    /// Runs `body` with the server of a kubeconfig.
    static func with<Result>(kubeconfig: String, _ body: (LabCluster) async throws -> Result) async throws -> Result {
        let cluster = try LabCluster(kubeconfig: kubeconfig)
        do {
            let result = try await body(cluster)
            await cluster.client.shutdown()
            return result
        } catch {
            await cluster.client.shutdown()
            throw error
        }
    }

    /// Waits until the server answers and has the namespace of the system.
    ///
    /// - Parameter check: Throws where there is nothing left to wait for.
    func waitUntilServing(_ check: () throws -> Void) async throws {
        let namespaces = ResourceType(
            group: "",
            version: "v1",
            kind: "Namespace",
            plural: "namespaces",
            namespaced: false
        )
        try await asking(check) { [client] in
            _ = try await client.read(namespaces, namespace: nil, name: "kube-system")
        }
    }

    /// Waits until the server says that it is ready: it knows every kind of object, which takes a while over etcd.
    ///
    /// - Parameter check: Throws where there is nothing left to wait for.
    func waitUntilReady(_ check: () throws -> Void) async throws {
        try await asking(check) { [client] in try await client.checkReadiness() }
    }

    /// Asks again and again until there is an answer: nobody tells when the server listens.
    private func asking(_ check: () throws -> Void, _ question: () async throws -> Void) async throws {
        while true {
            try check()
            do {
                return try await question()
            } catch {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Makes objects; those that are there stay as they are.
    func create(_ items: [ClusterObjects.Item]) async throws {
        for item in items {
            try await repeating(20) { try await createIfMissing(item) }
        }
    }

    private func createIfMissing(_ item: ClusterObjects.Item) async throws {
        do {
            try await client.create(item.resource, namespace: item.namespace, body: item.object.json)
        } catch {
            guard case .api(let answer) = error, answer.code == 409 else { throw error }
        }
    }

    /// Does something once more where the server could not be reached, or did not answer: a machine that starts a cluster
    /// is busy.
    private func repeating<Result>(_ count: Int, _ body: () async throws -> Result) async throws -> Result {
        for _ in 1..<max(count, 1) {
            do {
                return try await body()
            } catch ClientError.transport {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        return try await body()
    }

    /// All Nodes.
    func nodes() async throws -> [NodeReport] {
        try await repeating(3) { try await client.list(NodeReport.self).items }
    }

    /// Waits until Nodes are ready; for a server that cannot be reached as well.
    func waitUntilReady(_ names: Set<String>) async throws {
        var waiting = names
        while !waiting.isEmpty {
            let names = waiting
            waiting.subtract(try await repeating(1_000) { try await readyNodes(of: names) })
        }
    }

    /// Those of the Nodes that one watch saw being ready; all of them, unless it ended before.
    private func readyNodes(of names: Set<String>) async throws -> Set<String> {
        var stream = try await client.watch(NodeReport.self, from: .initialEvents, timeout: .seconds(60))
        var ready: Set<String> = []
        while !names.isSubset(of: ready) {
            guard let element = try await stream.next() else { break }
            switch element {
            case .event(.added(let node)), .event(.modified(let node)):
                if node.isReady { ready.insert(node.metadata.name) }
            default: break
            }
        }
        return ready
    }

    /// Deletes a Node; one that is not there is no error.
    func deleteNode(_ name: String) async throws {
        do {
            _ = try await client.delete(NodeReport.resource, namespace: nil, name: name)
        } catch {
            guard case .api(let answer) = error, answer.code == 404 else { throw error }
        }
    }
}
