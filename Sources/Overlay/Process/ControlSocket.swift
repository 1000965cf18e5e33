import Attachment
import Logging
import ServiceLifecycle

/// Serves the unix socket, and clears away after containers that are gone.
struct ControlSocket: ServiceLifecycle.Service, CustomStringConvertible {
    let description = "control socket"

    private let server: ControlServer
    private let attacher: Attacher
    private let daemon: OverlayDaemon
    private let logger: Logger

    /// How often containers are looked for whose namespaces are gone.
    private static let sweepInterval: Duration = .seconds(30)

    init(path: String, daemon: OverlayDaemon, attacher: Attacher, logger: Logger) throws {
        server = try ControlServer(path: path) { await daemon.handle($0) }
        self.attacher = attacher
        self.daemon = daemon
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await server.run() }
                group.addTask { await sweep() }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func sweep() async {
        while !Task.isCancelled {
            do {
                let released = try await attacher.sweep()
                for attachment in released {
                    logger.notice("released what a container that is gone had", metadata: ["key": "\(attachment.key)"])
                }
                if !released.isEmpty { await daemon.attachmentsChanged() }
            } catch {
                logger.error("cannot clear away after containers that are gone", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: Self.sweepInterval)
        }
    }
}
