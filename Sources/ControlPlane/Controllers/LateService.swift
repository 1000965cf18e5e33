import ServiceLifecycle

/// A service that begins only after something else.
struct LateService: ServiceLifecycle.Service {
    /// Returns once it may begin.
    let begins: @Sendable () async throws -> Void
    let service: any ServiceLifecycle.Service

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await begins() }
        guard !Task.isShuttingDownGracefully, !Task.isCancelled else { return }
        try await service.run()
    }
}
