import Addressing
import ArgumentParser
import Node
import Observability
import Overlay

/// Where the node serves what.
struct NodeServerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where the kubelet's API is served.", valueName: "address"))
    var address: String?

    @Option(
        name: [.customLong("kubelet-port"), .customLong("port")],
        help: ArgumentHelp("TCP port of the kubelet's API.", valueName: "port")
    )
    var kubeletPort: UInt16 = 10_250

    @Option(help: ArgumentHelp("Where the kubelet's /healthz is served.", valueName: "address"))
    var healthzBindAddress: String = "127.0.0.1"

    @Option(help: ArgumentHelp("TCP port of the kubelet's /healthz; 0 for none.", valueName: "port"))
    var healthzPort: UInt16 = 10_248

    @Option(
        help: ArgumentHelp("The kubelet's certificate, in PEM. (default: the kubeconfig's)", valueName: "path")
    )
    var tlsCertFile: String?

    @Option(help: ArgumentHelp("The key of that certificate, in PEM.", valueName: "path"))
    var tlsPrivateKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "The authority of clients' certificates, in PEM. (default: the kubeconfig's)",
            valueName: "path"
        )
    )
    var clientCaFile: String?

    @Option(
        help: ArgumentHelp(
            "Where the overlay serves status and metrics; empty for nowhere.",
            valueName: "address:port"
        )
    )
    var overlayHttpAddress: String = "127.0.0.1:6784"

    @Option(
        help: ArgumentHelp(
            "Where the proxy serves /healthz; empty for nowhere.",
            valueName: "address:port"
        )
    )
    var proxyHealthzBindAddress: String = "0.0.0.0:10256"

    @Option(help: ArgumentHelp("Where the proxy serves metrics; empty for nowhere.", valueName: "address:port"))
    var proxyMetricsBindAddress: String = "127.0.0.1:10249"

    func apply(to configuration: inout NodeConfiguration) throws {
        if let address {
            guard IPAddress(address) != nil else {
                throw ValidationError("--address \(address): must be an IPv4 or IPv6 address")
            }
        }
        guard IPAddress(healthzBindAddress) != nil else {
            throw ValidationError("--healthz-bind-address \(healthzBindAddress): must be an IPv4 or IPv6 address")
        }
        guard kubeletPort > 0 else { throw ValidationError("--kubelet-port 0: must be 1 to 65535") }
        configuration.servers.address = address
        configuration.servers.port = kubeletPort
        configuration.servers.healthzAddress =
            healthzPort == 0 ? nil : ListenAddress(host: healthzBindAddress, port: Int(healthzPort))
        configuration.servers.certificateFile = tlsCertFile
        configuration.servers.keyFile = tlsPrivateKeyFile
        configuration.servers.clientAuthorityFile = clientCaFile
        configuration.overlay?.statusAddress = try listenAddress(
            overlayHttpAddress,
            of: "--overlay-http-address"
        )
        configuration.proxyFlags?["healthz-bind-address"] = proxyHealthzBindAddress
        configuration.proxyFlags?["metrics-bind-address"] = proxyMetricsBindAddress
    }
}
