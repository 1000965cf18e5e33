import KubernetesClient
import ObjectSources
import ServiceLifecycle

/// Follows Services and EndpointSlices, and keeps the zone up to date.
///
/// While an API server is away, what was known stays.
struct NameSource: ServiceLifecycle.Service, CustomStringConvertible {
    let description = "names of Services"
    let source: any ObjectSource
    let names: ClusterNames
    let state: ServingState

    func run() async throws {
        let queue = ObjectChangeQueue()
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await source.run(into: queue) }
                group.addTask {
                    for await batch in queue {
                        names.apply(batch.changes)
                        if batch.isSynced { state.sync() }
                    }
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }
}
