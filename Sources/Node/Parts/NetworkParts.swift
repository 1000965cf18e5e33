import Logging
import Overlay
import Proxy
import ServiceLifecycle

/// The overlay and the proxy as parts of the node.
enum NetworkParts {
    /// The overlay; what it says is in the node's health.
    static func overlay(_ configuration: OverlayConfiguration, keeper: NodeKeeper, logger: Logger) -> RestartedPart {
        RestartedPart("overlay", logger: logger) { reason in
            keeper.update { $0.networkProblem = "the overlay does not run: \(reason)" }
        } _: {
            try await OverlayProcess.run(configuration, shutdownSignals: [], logger: logger) { obstacles in
                keeper.update { health in
                    health.networkProblem =
                        obstacles.isEmpty ? nil : "the overlay is not ready: \(obstacles.joined(separator: "; "))"
                }
            }
        }
    }

    /// The proxy; whether it serves is in the node's health.
    static func proxy(_ configuration: ProxyConfiguration, keeper: NodeKeeper, logger: Logger) -> RestartedPart {
        RestartedPart("proxy", logger: logger) { reason in
            keeper.update { $0.proxyProblem = reason }
        } _: {
            try await ProxyProcess.run(configuration, shutdownSignals: [], logger: logger) {
                keeper.update { $0.proxyProblem = nil }
            }
        }
    }
}
