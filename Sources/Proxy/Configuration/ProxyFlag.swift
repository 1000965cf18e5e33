/// A flag of the command line: which field it sets, or what else it does.
///
/// The table ``all`` has upstream's flags and ours; the command declares them with their help and hands over what was
/// given as text (``ProxyFlags``).
public struct ProxyFlag: Sendable {
    /// What a flag does.
    enum Effect: Sendable {
        /// Sets the field of that path; with `--config` the flag is ignored.
        case field(String)
        /// Sets the field of that path, also over the file.
        case override(String)
        /// Is looked at by ``ProxyConfiguration``, with and without a file.
        case option(isBoolean: Bool)
        /// An old spelling, looked at by ``ProxyConfiguration``; ignored with a file.
        case deprecated(String)
    }

    /// The name without its dashes.
    public let name: String
    let effect: Effect

    private init(_ name: String, _ effect: Effect) {
        self.name = name
        self.effect = effect
    }

    /// Whether `--name` alone means `--name=true`.
    public var isBoolean: Bool {
        switch effect {
        case .field(let path), .override(let path): ConfigurationField.named(path)?.isBoolean ?? false
        case .option(let isBoolean): isBoolean
        case .deprecated: false
        }
    }

    /// The flag of that name.
    public static func named(_ name: String) -> ProxyFlag? { byName[name] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// Every flag.
    public static let all: [ProxyFlag] = [
        // What the process does
        .init("config", .option(isBoolean: false)),
        .init("write-config-to", .option(isBoolean: false)),
        .init("cleanup", .option(isBoolean: true)),
        .init("init-only", .option(isBoolean: true)),
        .init("take-over", .option(isBoolean: true)),
        // Where objects come from
        .init("manifests", .option(isBoolean: false)),
        .init("kubeconfig", .field("clientConnection.kubeconfig")),
        .init("master", .option(isBoolean: false)),
        .init("service-proxy-name", .option(isBoolean: false)),
        .init("kube-api-content-type", .field("clientConnection.contentType")),
        .init("kube-api-qps", .field("clientConnection.qps")),
        .init("kube-api-burst", .field("clientConnection.burst")),
        .init("config-sync-period", .field("configSyncPeriod")),
        // The node
        .init("hostname-override", .override("hostnameOverride")),
        .init("bind-address", .field("bindAddress")),
        .init("nodeport-addresses", .field("nodePortAddresses")),
        .init("detect-local-mode", .field("detectLocalMode")),
        .init("cluster-cidr", .field("clusterCIDR")),
        .init("pod-bridge-interface", .field("detectLocal.bridgeInterface")),
        .init("pod-interface-name-prefix", .field("detectLocal.interfaceNamePrefix")),
        .init("oom-score-adj", .field("oomScoreAdj")),
        // The rules
        .init("table-name", .option(isBoolean: false)),
        .init("proxy-mode", .field("mode")),
        .init("masquerade-all", .field("nftables.masqueradeAll")),
        // Connection tracking
        .init("conntrack-max-per-core", .field("conntrack.maxPerCore")),
        .init("conntrack-min", .field("conntrack.min")),
        .init("conntrack-tcp-timeout-established", .field("conntrack.tcpEstablishedTimeout")),
        .init("conntrack-tcp-timeout-close-wait", .field("conntrack.tcpCloseWaitTimeout")),
        .init("conntrack-tcp-be-liberal", .field("conntrack.tcpBeLiberal")),
        .init("conntrack-udp-timeout", .field("conntrack.udpTimeout")),
        .init("conntrack-udp-timeout-stream", .field("conntrack.udpStreamTimeout")),
        // Servers
        .init("healthz-bind-address", .field("healthzBindAddress")),
        .init("metrics-bind-address", .field("metricsBindAddress")),
        .init("bind-address-hard-fail", .field("bindAddressHardFail")),
        .init("healthz-port", .deprecated("healthz-bind-address")),
        .init("metrics-port", .deprecated("metrics-bind-address")),
        .init("profiling", .field("enableProfiling")),
        .init("show-hidden-metrics-for-version", .field("showHiddenMetricsForVersion")),
        .init("feature-gates", .field("featureGates")),
        // Logging
        .init("v", .override("logging.verbosity")),
        .init("logging-format", .override("logging.format")),
        .init("vmodule", .override("logging.vmodule")),
        .init("log-flush-frequency", .override("logging.flushFrequency")),
        .init("log-text-split-stream", .override("logging.options.text.splitStream")),
        .init("log-text-info-buffer-size", .override("logging.options.text.infoBufferSize")),
        .init("log-json-split-stream", .override("logging.options.json.splitStream")),
        .init("log-json-info-buffer-size", .override("logging.options.json.infoBufferSize")),
        // Other modes
        .init("iptables-masquerade-bit", .field("iptables.masqueradeBit")),
        .init("iptables-sync-period", .field("iptables.syncPeriod")),
        .init("iptables-min-sync-period", .field("iptables.minSyncPeriod")),
        .init("iptables-localhost-nodeports", .field("iptables.localhostNodePorts")),
        .init("ipvs-sync-period", .field("ipvs.syncPeriod")),
        .init("ipvs-min-sync-period", .field("ipvs.minSyncPeriod")),
        .init("ipvs-scheduler", .field("ipvs.scheduler")),
        .init("ipvs-exclude-cidrs", .field("ipvs.excludeCIDRs")),
        .init("ipvs-strict-arp", .field("ipvs.strictARP")),
        .init("ipvs-tcp-timeout", .field("ipvs.tcpTimeout")),
        .init("ipvs-tcpfin-timeout", .field("ipvs.tcpFinTimeout")),
        .init("ipvs-udp-timeout", .field("ipvs.udpTimeout")),
    ]
}
