/// What is wrong with the parts of a node, in words; nil for nothing.
struct NodeHealth: Sendable, Equatable {
    /// Pods cannot be run at all.
    var runtimeProblem: String?
    /// Pods cannot be attached to the network or reached from elsewhere.
    var networkProblem: String? = "the overlay is starting"
    /// Services are not served here.
    var proxyProblem: String? = "the proxy is starting"
    /// Whether the network is ours to speak of: then there is a condition `NetworkUnavailable`.
    var hasOverlay = true
    /// What can run out.
    var pressure = HostPressure()
    /// Pods' network is not configured.
    var configurationProblem: String?

    /// Why the node can run no pods; nil where it can.
    var obstacle: String? {
        let network = (networkProblem ?? configurationProblem).map {
            "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:\($0)"
        }
        let problems = [runtimeProblem, network, proxyProblem.map { "service proxy not ready: \($0)" }]
        let words = problems.compactMap(\.self)
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }
}
