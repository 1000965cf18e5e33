import ArgumentParser
import Proxy

/// What the process is started for.
struct PurposeOptions: FlagGroup {
    @Option(
        parsing: .unconditional,
        help: .value(
            "file",
            """
            The configuration file, KubeProxyConfiguration v1alpha1. When it changes, the process ends with an \
            error, so that its supervisor starts it with the new one.
            """
        )
    )
    var config: String?

    @Option(
        parsing: .unconditional,
        help: .value("file", "Write a configuration file with the defaults and what the other flags say, and end.")
    )
    var writeConfigTo: String?

    @Option(parsing: .unconditional, help: .flag("Remove the rules and end."))
    var cleanup: String?

    @Option(
        parsing: .unconditional,
        help: .flag(
            """
            Set the sysctls that need full privileges and end; afterwards the proxy runs with CAP_NET_ADMIN \
            alone.
            """
        )
    )
    var initOnly: String?

    @Option(
        parsing: .unconditional,
        help: .flag(
            """
            Remove the rules of upstream kube-proxy (its nftables tables and KUBE-* iptables chains) once ours \
            are in, without a gap.
            """
        )
    )
    var takeOver: String?

    var given: [(name: String, value: String?)] {
        [
            ("config", config),
            ("write-config-to", writeConfigTo),
            ("cleanup", cleanup),
            ("init-only", initOnly),
            ("take-over", takeOver),
        ]
    }
}
