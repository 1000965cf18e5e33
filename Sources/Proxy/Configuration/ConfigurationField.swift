/// One field of the configuration file: its path, where its value goes, and whether it matters here.
///
/// Reading, writing and the flags all go through this table: a new field is one new row.
struct ConfigurationField: Sendable {
    /// A property of the document.
    typealias Path<Value> = any WritableKeyPath<KubeProxyConfiguration, Value> & Sendable

    /// Where the value goes, by its type in the file.
    enum Target: Sendable {
        case text(Path<String>)
        case bool(Path<Bool>)
        case int(Path<Int>)
        case number(Path<Double>)
        case duration(Path<GoDuration>)
        case list(Path<[String]?>)
        case gates(Path<[String: Bool]>)
    }

    /// What the proxy does with a value that is not the default.
    enum Use: Sendable, Equatable {
        /// It acts on it.
        case honoured
        /// It says once that the field has no effect, and why.
        case ignored(String)
    }

    /// The path in the file: `nftables.masqueradeBit`.
    let path: String
    let target: Target
    let use: Use
    /// Whether the zero value stands for the default, as in Go's defaulting of fields that are not pointers.
    let zeroIsDefault: Bool
    /// Whether it is left out when it has the zero value.
    let isOmittedWhenEmpty: Bool

    private init(
        _ path: String,
        _ target: Target,
        _ use: Use = .honoured,
        zeroIsDefault: Bool = false,
        omitEmpty: Bool = false
    ) {
        self.path = path
        self.target = target
        self.use = use
        self.zeroIsDefault = zeroIsDefault
        isOmittedWhenEmpty = omitEmpty
    }

    /// The row of that path.
    static func named(_ path: String) -> ConfigurationField? { byPath[path] }

    private static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })

    /// The paths that have fields under them: `nftables`, `logging.options.text`, …
    static let groups: Set<String> = Set(
        all.flatMap { field in
            let parts = field.path.split(separator: ".")
            return (1..<max(parts.count, 1)).map { parts.prefix($0).joined(separator: ".") }
        }
    )

    private static let json = Use.ignored("the client always asks for JSON")
    private static let unbuffered = Use.ignored("log lines are written unbuffered to standard error")
    private static let iptables = Use.ignored("it belongs to the iptables mode")
    private static let ipvs = Use.ignored("it belongs to the ipvs mode")
    private static let windows = Use.ignored("it belongs to Windows")

    /// Every field, in the order in which upstream prints them.
    static let all: [ConfigurationField] = [
        .init(
            "featureGates",
            .gates(\.featureGates),
            .ignored("there are no feature gates"),
            omitEmpty: true
        ),
        .init("clientConnection.kubeconfig", .text(\.clientConnection.kubeconfig)),
        .init("clientConnection.acceptContentTypes", .text(\.clientConnection.acceptContentTypes), json),
        .init("clientConnection.contentType", .text(\.clientConnection.contentType), json, zeroIsDefault: true),
        .init("clientConnection.qps", .number(\.clientConnection.qps), zeroIsDefault: true),
        .init("clientConnection.burst", .int(\.clientConnection.burst), zeroIsDefault: true),
        .init("logging.format", .text(\.logging.format), zeroIsDefault: true),
        .init("logging.flushFrequency", .duration(\.logging.flushFrequency), unbuffered, zeroIsDefault: true),
        .init("logging.verbosity", .int(\.logging.verbosity)),
        .init(
            "logging.vmodule",
            .text(\.logging.vmodule),
            .ignored("one verbosity holds for every file"),
            omitEmpty: true
        ),
        .init("logging.options.text.splitStream", .bool(\.logging.textSplitStream), unbuffered, omitEmpty: true),
        .init("logging.options.text.infoBufferSize", .text(\.logging.textInfoBufferSize), unbuffered),
        .init("logging.options.json.splitStream", .bool(\.logging.jsonSplitStream), unbuffered, omitEmpty: true),
        .init("logging.options.json.infoBufferSize", .text(\.logging.jsonInfoBufferSize), unbuffered),
        .init("hostnameOverride", .text(\.hostnameOverride)),
        .init("bindAddress", .text(\.bindAddress), zeroIsDefault: true),
        .init("healthzBindAddress", .text(\.healthzBindAddress)),
        .init("metricsBindAddress", .text(\.metricsBindAddress)),
        .init("bindAddressHardFail", .bool(\.bindAddressHardFail)),
        .init("enableProfiling", .bool(\.enableProfiling), .ignored("there is no Go profiler")),
        .init(
            "showHiddenMetricsForVersion",
            .text(\.showHiddenMetricsForVersion),
            .ignored("no metrics are hidden")
        ),
        .init("mode", .text(\.mode)),
        .init("iptables.masqueradeBit", .int(\.iptables.masqueradeBit), iptables),
        .init("iptables.masqueradeAll", .bool(\.iptables.masqueradeAll), iptables),
        .init("iptables.localhostNodePorts", .bool(\.iptables.localhostNodePorts), iptables),
        .init("iptables.syncPeriod", .duration(\.iptables.syncPeriod), iptables, zeroIsDefault: true),
        .init("iptables.minSyncPeriod", .duration(\.iptables.minSyncPeriod), iptables, zeroIsDefault: true),
        .init("ipvs.syncPeriod", .duration(\.ipvs.syncPeriod), ipvs, zeroIsDefault: true),
        .init("ipvs.minSyncPeriod", .duration(\.ipvs.minSyncPeriod), ipvs),
        .init("ipvs.scheduler", .text(\.ipvs.scheduler), ipvs),
        .init("ipvs.excludeCIDRs", .list(\.ipvs.excludeCIDRs), ipvs),
        .init("ipvs.strictARP", .bool(\.ipvs.strictARP), ipvs),
        .init("ipvs.tcpTimeout", .duration(\.ipvs.tcpTimeout), ipvs),
        .init("ipvs.tcpFinTimeout", .duration(\.ipvs.tcpFinTimeout), ipvs),
        .init("ipvs.udpTimeout", .duration(\.ipvs.udpTimeout), ipvs),
        .init("nftables.masqueradeBit", .int(\.nftables.masqueradeBit)),
        .init("nftables.masqueradeAll", .bool(\.nftables.masqueradeAll)),
        .init("nftables.syncPeriod", .duration(\.nftables.syncPeriod), zeroIsDefault: true),
        .init("nftables.minSyncPeriod", .duration(\.nftables.minSyncPeriod)),
        .init("winkernel.networkName", .text(\.winkernel.networkName), windows),
        .init("winkernel.sourceVip", .text(\.winkernel.sourceVip), windows),
        .init("winkernel.enableDSR", .bool(\.winkernel.enableDSR), windows),
        .init("winkernel.rootHnsEndpointName", .text(\.winkernel.rootHnsEndpointName), windows),
        .init("winkernel.forwardHealthCheckVip", .bool(\.winkernel.forwardHealthCheckVip), windows),
        .init("detectLocalMode", .text(\.detectLocalMode), zeroIsDefault: true),
        .init("detectLocal.bridgeInterface", .text(\.detectLocal.bridgeInterface)),
        .init("detectLocal.interfaceNamePrefix", .text(\.detectLocal.interfaceNamePrefix)),
        .init("clusterCIDR", .text(\.clusterCIDR)),
        .init("nodePortAddresses", .list(\.nodePortAddresses)),
        .init("oomScoreAdj", .int(\.oomScoreAdj)),
        .init("conntrack.maxPerCore", .int(\.conntrack.maxPerCore)),
        .init("conntrack.min", .int(\.conntrack.min)),
        .init("conntrack.tcpEstablishedTimeout", .duration(\.conntrack.tcpEstablishedTimeout)),
        .init("conntrack.tcpCloseWaitTimeout", .duration(\.conntrack.tcpCloseWaitTimeout)),
        .init("conntrack.tcpBeLiberal", .bool(\.conntrack.tcpBeLiberal)),
        .init("conntrack.udpTimeout", .duration(\.conntrack.udpTimeout)),
        .init("conntrack.udpStreamTimeout", .duration(\.conntrack.udpStreamTimeout)),
        .init(
            "configSyncPeriod",
            .duration(\.configSyncPeriod),
            .ignored("a watch needs no repetition"),
            zeroIsDefault: true
        ),
        .init("portRange", .text(\.portRange), .ignored("ports are not bound by a service proxy")),
        .init("windowsRunAsService", .bool(\.windowsRunAsService), windows, omitEmpty: true),
    ]
}
