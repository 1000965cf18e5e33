import ArgumentParser
import Proxy

/// Upstream's flags that have nothing to act on here; each is worth one warning.
struct IgnoredOptions: FlagGroup {
    @Option(parsing: .unconditional, help: .value("value", "The client always asks for JSON."))
    var kubeApiContentType: String?

    @Option(parsing: .unconditional, help: .value("value", "A watch needs no repetition."))
    var configSyncPeriod: String?

    @Option(parsing: .unconditional, help: .value("value", "There are no feature gates."))
    var featureGates: String?

    @Option(parsing: .unconditional, help: .value("value", "There is no Go profiler."))
    var profiling: String?

    @Option(parsing: .unconditional, help: .value("value", "No metrics are hidden."))
    var showHiddenMetricsForVersion: String?

    @Option(parsing: .unconditional, help: .value("value", "One verbosity holds for every file."))
    var vmodule: String?

    @Option(parsing: .unconditional, help: .value("value", "Log lines are written unbuffered."))
    var logFlushFrequency: String?

    @Option(parsing: .unconditional, help: .value("value", "Log lines are written unbuffered."))
    var logTextSplitStream: String?

    @Option(parsing: .unconditional, help: .value("value", "Log lines are written unbuffered."))
    var logTextInfoBufferSize: String?

    @Option(parsing: .unconditional, help: .value("value", "Log lines are written unbuffered."))
    var logJsonSplitStream: String?

    @Option(parsing: .unconditional, help: .value("value", "Log lines are written unbuffered."))
    var logJsonInfoBufferSize: String?

    @Option(parsing: .unconditional, help: .value("value", "Of the iptables mode."))
    var iptablesMasqueradeBit: String?

    @Option(parsing: .unconditional, help: .value("value", "Of the iptables mode."))
    var iptablesSyncPeriod: String?

    @Option(parsing: .unconditional, help: .value("value", "Of the iptables mode."))
    var iptablesMinSyncPeriod: String?

    @Option(parsing: .unconditional, help: .value("value", "Of the iptables mode."))
    var iptablesLocalhostNodeports: String?

    @Option(parsing: .unconditional, help: .value("value", "Of the ipvs mode."))
    var ipvsSyncPeriod: String?

    @Option(parsing: .unconditional, help: .value("value", "Of the ipvs mode."))
    var ipvsMinSyncPeriod: String?

    @Option(parsing: .unconditional, help: .value("value", "Of the ipvs mode."))
    var ipvsScheduler: String?

    @Option(parsing: .unconditionalSingleValue, help: .value("value", "Of the ipvs mode."))
    var ipvsExcludeCidrs: [String] = []

    @Option(parsing: .unconditional, help: .value("value", "Of the ipvs mode."))
    var ipvsStrictArp: String?

    @Option(parsing: .unconditional, help: .value("value", "Of the ipvs mode."))
    var ipvsTcpTimeout: String?

    @Option(parsing: .unconditional, help: .value("value", "Of the ipvs mode."))
    var ipvsTcpfinTimeout: String?

    @Option(parsing: .unconditional, help: .value("value", "Of the ipvs mode."))
    var ipvsUdpTimeout: String?

    var given: [(name: String, value: String?)] {
        [
            ("kube-api-content-type", kubeApiContentType),
            ("config-sync-period", configSyncPeriod),
            ("feature-gates", featureGates),
            ("profiling", profiling),
            ("show-hidden-metrics-for-version", showHiddenMetricsForVersion),
            ("vmodule", vmodule),
            ("log-flush-frequency", logFlushFrequency),
            ("log-text-split-stream", logTextSplitStream),
            ("log-text-info-buffer-size", logTextInfoBufferSize),
            ("log-json-split-stream", logJsonSplitStream),
            ("log-json-info-buffer-size", logJsonInfoBufferSize),
            ("iptables-masquerade-bit", iptablesMasqueradeBit),
            ("iptables-sync-period", iptablesSyncPeriod),
            ("iptables-min-sync-period", iptablesMinSyncPeriod),
            ("iptables-localhost-nodeports", iptablesLocalhostNodeports),
            ("ipvs-sync-period", ipvsSyncPeriod),
            ("ipvs-min-sync-period", ipvsMinSyncPeriod),
            ("ipvs-scheduler", ipvsScheduler),
            ("ipvs-strict-arp", ipvsStrictArp),
            ("ipvs-tcp-timeout", ipvsTcpTimeout),
            ("ipvs-tcpfin-timeout", ipvsTcpfinTimeout),
            ("ipvs-udp-timeout", ipvsUdpTimeout),
        ] + ipvsExcludeCidrs.map { ("ipvs-exclude-cidrs", $0) }
    }
}
