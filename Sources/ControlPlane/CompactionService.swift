import Logging
import ServiceLifecycle
import Storage

/// Forgets what etcd would keep for ever, every five minutes, as kube-apiserver does; the embedded store does so by
/// itself. Several servers may do so: what was forgotten already is no error.
struct CompactionService: ServiceLifecycle.Service {
    let store: any Store
    let logger: Logger

    private static let interval: Duration = .seconds(300)

    func run() async throws {
        await cancelWhenGracefulShutdown { await compact() }
    }

    private func compact() async {
        var before: Revision?
        while !Task.isCancelled {
            do {
                let current = try await store.currentRevision()
                if let before { try await store.compact(before: before) }
                before = current
            } catch {
                logger.warning("cannot forget old states of the store", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: Self.interval)
        }
    }
}
