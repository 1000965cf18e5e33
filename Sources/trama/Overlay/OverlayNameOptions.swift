import ArgumentParser
import ClusterDNS
import Overlay

/// How the names of containers are served.
struct OverlayNameOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Serve the names of containers at this address, UDP and TCP; may be repeated. 0.0.0.0 and :: mean every "
                + "address of the host, also those that `trama expose` gives it. (default: names are not served)",
            valueName: "address[:port]"
        )
    )
    var dnsAddress: [String] = []

    @Option(help: ArgumentHelp("What the names of containers are below.", valueName: "name"))
    var dnsDomain: String = "trama.local"

    @Option(
        help: ArgumentHelp(
            "Server to ask for other names; may be repeated. \"none\" for nobody. "
                + "(default: those of /etc/resolv.conf)",
            valueName: "address[:port]"
        )
    )
    var dnsForward: [String] = []

    func apply(to configuration: inout OverlayConfiguration) throws {
        guard let domain = DNSName(dnsDomain), domain != .root, domain.wire.count <= 128 else {
            throw ValidationError("--dns-domain: a name such as trama.local")
        }
        let endpoints = try dnsAddress.map { try endpoint($0, of: "--dns-address") }
        var serving = OverlayConfiguration.NameServing(endpoints: endpoints, domain: domain)
        if dnsForward == ["none"] {
            serving.forwarding = .none
        } else if !dnsForward.isEmpty {
            serving.forwarding = .servers(try dnsForward.map { try endpoint($0, of: "--dns-forward") })
        }
        configuration.names = endpoints.isEmpty ? nil : serving
    }

    private func endpoint(_ text: String, of option: String) throws -> ServerEndpoint {
        guard let endpoint = ServerEndpoint(text), endpoint.port > 0 else {
            throw ValidationError("\(option): \(text) is no address such as 10.0.0.10, 10.0.0.10:5353 or [fd00::a]:53")
        }
        return endpoint
    }
}
