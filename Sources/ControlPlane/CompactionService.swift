import Logging
import ServiceLifecycle
import Storage

/// Forgets what etcd would keep for ever.
struct CompactionService: ServiceLifecycle.Service {
    let store: any Store
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await StoreChoice.compact(store) { problem in
                logger.warning("cannot forget old states of the store", metadata: ["error": "\(problem)"])
            }
        }
    }
}
