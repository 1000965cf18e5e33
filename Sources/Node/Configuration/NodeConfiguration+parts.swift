import Addressing
import Overlay
import PodRuntime
import Proxy

extension NodeConfiguration {
    /// What the overlay is to do; nil for no overlay.
    ///
    /// - Parameters:
    ///   - name: The Node's name.
    ///   - addresses: The node's addresses, where somebody said them.
    func overlayConfiguration(name: String) -> OverlayConfiguration? {
        guard var overlay else { return nil }
        overlay.membership = .kubernetes(kubeconfig: kubeconfig, nodeName: name)
        overlay.ranges = clusterRanges
        if overlay.endpoint == nil { overlay.endpoint = nodeAddresses.first }
        return overlay
    }

    /// What the proxy is to do; nil for no proxy.
    func proxyConfiguration(name: String) throws -> ProxyConfiguration? {
        guard let proxyFlags else { return nil }
        var flags = ProxyFlags()
        flags.add("kubeconfig", kubeconfig)
        flags.add("hostname-override", name)
        if !clusterRanges.isEmpty {
            flags.add("cluster-cidr", clusterRanges.map(\.description).joined(separator: ","))
        }
        // The process is a kubelet as well: its pods must not inherit what keeps a proxy alive.
        flags.add("oom-score-adj", "0")
        for (name, value) in proxyFlags.sorted(by: { $0.key < $1.key }) { flags.add(name, value) }
        return try ProxyConfiguration.load(flags)
    }

    /// What runs pods, and how.
    func runtimeConfiguration(name: String, addresses: [IPAddress], programs: NodePrograms) -> PodRuntimeConfiguration {
        PodRuntimeConfiguration(
            nodeName: name,
            nodeAddresses: addresses,
            stateFolder: "\(stateFolder)/node",
            logFolder: logFolder,
            cniConfigurationFolder: cni.configurationFolder,
            cniProgramFolders: programs.pluginFolders,
            launcher: programs.launcher,
            clusterDNS: clusterDNS,
            clusterDomain: clusterDomain,
            cgroup: cgroup,
            maxPods: maxPods,
            stopsPods: stopsPods
        )
    }
}
