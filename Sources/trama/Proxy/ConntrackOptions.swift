import ArgumentParser
import Proxy

/// Limits and timeouts of connection tracking.
struct ConntrackOptions: FlagGroup {
    @Option(
        parsing: .unconditional,
        help: .value("number", "Connections per CPU; 0 leaves the limit alone. (default: 32768)")
    )
    var conntrackMaxPerCore: String?

    @Option(
        parsing: .unconditional,
        help: .value("number", "The least limit, whatever --conntrack-max-per-core gives. (default: 131072)")
    )
    var conntrackMin: String?

    @Option(
        parsing: .unconditional,
        help: .value("duration", "How long idle TCP connections are kept; 0 leaves it alone. (default: 24h)")
    )
    var conntrackTcpTimeoutEstablished: String?

    @Option(
        parsing: .unconditional,
        help: .value(
            "duration",
            """
            How long TCP connections in CLOSE_WAIT are kept; 0 leaves it alone. (default: 1h)
            """
        )
    )
    var conntrackTcpTimeoutCloseWait: String?

    @Option(parsing: .unconditional, help: .flag("Let packets outside of the TCP window through."))
    var conntrackTcpBeLiberal: String?

    @Option(
        parsing: .unconditional,
        help: .value("duration", "How long unanswered UDP flows are kept; 0 leaves it alone. (default: 0)")
    )
    var conntrackUdpTimeout: String?

    @Option(
        parsing: .unconditional,
        help: .value("duration", "How long answered UDP flows are kept; 0 leaves it alone. (default: 0)")
    )
    var conntrackUdpTimeoutStream: String?

    var given: [(name: String, value: String?)] {
        [
            ("conntrack-max-per-core", conntrackMaxPerCore),
            ("conntrack-min", conntrackMin),
            ("conntrack-tcp-timeout-established", conntrackTcpTimeoutEstablished),
            ("conntrack-tcp-timeout-close-wait", conntrackTcpTimeoutCloseWait),
            ("conntrack-tcp-be-liberal", conntrackTcpBeLiberal),
            ("conntrack-udp-timeout", conntrackUdpTimeout),
            ("conntrack-udp-timeout-stream", conntrackUdpTimeoutStream),
        ]
    }
}
