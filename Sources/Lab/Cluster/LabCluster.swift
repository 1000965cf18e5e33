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
        while true {
            try check()
            do {
                _ = try await client.read(namespaces, namespace: nil, name: "kube-system")
                return
            } catch {
                // Nobody tells when it listens.
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Makes objects; those that are there stay as they are.
    func create(_ items: [ClusterObjects.Item]) async throws {
        for item in items {
            do {
                try await client.create(item.resource, namespace: item.namespace, body: item.object.json)
            } catch {
                guard case .api(let answer) = error, answer.code == 409 else { throw error }
            }
        }
    }

    /// All Nodes.
    func nodes() async throws -> [NodeReport] {
        try await client.list(NodeReport.self).items
    }

    /// Waits until Nodes are ready.
    func waitUntilReady(_ names: Set<String>) async throws {
        var waiting = names
        while !waiting.isEmpty { waiting.subtract(try await readyNodes(of: waiting)) }
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
