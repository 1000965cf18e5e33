import APIAccess
import Controllers
import KubernetesAPI
import KubernetesClient
import Logging
import ServiceLifecycle

/// Runs controllers against the API server, over the same API and with the rights that anybody of their name has.
struct ControllersService: ServiceLifecycle.Service {
    /// Who they are, such as `system:kube-controller-manager`.
    let user: String
    /// The name that their Events have as their source.
    let component: String
    let controllers: [any Controller]
    /// A kubeconfig in the user's name.
    let kubeconfig: String
    let logger: Logger

    func run() async throws {
        var configuration = try Kubeconfig(bytes: Array(kubeconfig.utf8), origin: "kubeconfig of \(user)")
            .configuration()
        // Their queues and workers bound what they ask; the server is this process.
        configuration.requestsPerSecond = 0
        configuration.userAgent = "trama-\(component)"
        let client = try KubernetesClient(configuration)
        let manager = ControllerManager(
            client: client,
            controllers: controllers,
            component: component,
            logger: logger
        )
        do {
            try await manager.run()
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }
}
