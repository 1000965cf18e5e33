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
        try await cancelWhenGracefulShutdown {
            try await source.follow { batch in
                names.apply(batch.changes)
                if batch.isSynced { state.sync() }
            }
        }
    }
}
