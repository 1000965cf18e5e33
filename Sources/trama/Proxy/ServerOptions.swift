import ArgumentParser
import Proxy

/// Health and metrics.
struct ServerOptions: FlagGroup {
    @Option(
        parsing: .unconditional,
        help: .value(
            "address:port",
            """
            Where /healthz and /livez are served; empty for nowhere. (default: 0.0.0.0:10256)
            """
        )
    )
    var healthzBindAddress: String?

    @Option(
        parsing: .unconditional,
        help: .value(
            "address:port",
            """
            Where /metrics, /proxyMode and /configz are served; empty for nowhere. (default: 127.0.0.1:10249)
            """
        )
    )
    var metricsBindAddress: String?

    @Option(parsing: .unconditional, help: .flag("End when one of the two cannot be served, instead of trying again."))
    var bindAddressHardFail: String?

    @Option(parsing: .unconditional, help: .value("port", "Deprecated: use --healthz-bind-address."))
    var healthzPort: String?

    @Option(parsing: .unconditional, help: .value("port", "Deprecated: use --metrics-bind-address."))
    var metricsPort: String?

    var given: [(name: String, value: String?)] {
        [
            ("healthz-bind-address", healthzBindAddress),
            ("metrics-bind-address", metricsBindAddress),
            ("bind-address-hard-fail", bindAddressHardFail),
            ("healthz-port", healthzPort),
            ("metrics-port", metricsPort),
        ]
    }
}
