import ServiceLifecycle

/// A part of the daemon that runs until it is cancelled.
struct RunningPart: ServiceLifecycle.Service, CustomStringConvertible {
    let description: String
    private let body: @Sendable () async throws -> Void

    init(_ description: String, _ body: @escaping @Sendable () async throws -> Void) {
        self.description = description
        self.body = body
    }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { [body] in try await body() }
        } catch is CancellationError {}
    }
}
