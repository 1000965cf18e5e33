import ArgumentParser
import Proxy

/// Where Services and EndpointSlices come from.
struct SourceOptions: FlagGroup {
    @Option(
        parsing: .unconditional,
        help: .value(
            "folder",
            """
            Take objects from the YAML and JSON files in this folder, and follow their changes, instead of an \
            API server.
            """
        )
    )
    var manifests: String?

    @Option(
        parsing: .unconditional,
        help: .value(
            "file",
            """
            How to reach the API server. Without it, and without --manifests, the service account of the pod is \
            used.
            """
        )
    )
    var kubeconfig: String?

    @Option(
        parsing: .unconditional,
        help: .value("url", "The address of the API server, in place of what the kubeconfig says.")
    )
    var master: String?

    @Option(
        parsing: .unconditional,
        help: .value(
            "name",
            """
            Serve the Services whose label service.kubernetes.io/service-proxy-name has this value. (default: \
            those without the label)
            """
        )
    )
    var serviceProxyName: String?

    @Option(
        parsing: .unconditional,
        help: .value("number", "Requests to the API server per second, on average. (default: 5)")
    )
    var kubeApiQps: String?

    @Option(
        parsing: .unconditional,
        help: .value("number", "Requests to the API server that may go out at once. (default: 10)")
    )
    var kubeApiBurst: String?

    var given: [(name: String, value: String?)] {
        [
            ("manifests", manifests),
            ("kubeconfig", kubeconfig),
            ("master", master),
            ("service-proxy-name", serviceProxyName),
            ("kube-api-qps", kubeApiQps),
            ("kube-api-burst", kubeApiBurst),
        ]
    }
}
