import Addressing
import ArgumentParser
import ControlPlane
import Controllers
import Logging
import Observability

/// What `trama control-plane`, `trama control-plane init` and `trama control-plane kubeconfig` are told.
struct ControlPlaneOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Folder with keys, kubeconfigs and the embedded store.", valueName: "path"))
    var folder: String = "/var/lib/trama/control-plane"

    @Option(help: ArgumentHelp("Address to listen on.", valueName: "address"))
    var bindAddress: String = "0.0.0.0"

    @Option(help: ArgumentHelp("Port to listen on.", valueName: "port"))
    var securePort: UInt16 = 6443

    @Option(
        help: ArgumentHelp(
            "Address or name under which other hosts and pods find the API server.",
            valueName: "host"
        )
    )
    var advertiseAddress: String = "127.0.0.1"

    @Option(help: ArgumentHelp("Names and addresses that the certificate has besides.", valueName: "host,…"))
    var certSans: String = ""

    @Option(help: ArgumentHelp("Ranges of ClusterIPs, at most one of each family.", valueName: "prefix,…"))
    var serviceClusterIpRange: String = "10.96.0.0/12"

    @Option(help: ArgumentHelp("Range of node ports.", valueName: "first-last"))
    var serviceNodePortRange: String = "30000-32767"

    @Option(help: ArgumentHelp("File of tokens, as kube-apiserver's --token-auth-file.", valueName: "path"))
    var tokenAuthFile: String?

    @Option(
        help: ArgumentHelp(
            "Members of an etcd cluster, in place of the embedded store.",
            valueName: "url,…"
        )
    )
    var etcdServers: String = ""

    @Option(help: ArgumentHelp("Authorities of etcd's certificates, in PEM.", valueName: "path"))
    var etcdCafile: String?

    @Option(help: ArgumentHelp("Certificate to show to etcd, in PEM.", valueName: "path"))
    var etcdCertfile: String?

    @Option(help: ArgumentHelp("Key of that certificate, in PEM.", valueName: "path"))
    var etcdKeyfile: String?

    @Option(
        help: ArgumentHelp(
            "Ranges of the nodes' podCIDRs, at most one of each family; empty where nodes bring their own.",
            valueName: "prefix,…"
        )
    )
    var clusterCidr: String = "10.244.0.0/16"

    @Option(
        name: .customLong("node-cidr-mask-size-ipv4"),
        help: ArgumentHelp("Length of an IPv4 podCIDR.", valueName: "bits")
    )
    var nodeMaskSizeIPv4: Int = 24

    @Option(
        name: .customLong("node-cidr-mask-size-ipv6"),
        help: ArgumentHelp("Length of an IPv6 podCIDR.", valueName: "bits")
    )
    var nodeMaskSizeIPv6: Int = 64

    @Option(help: ArgumentHelp("Seconds after which a silent node is held to be dead.", valueName: "seconds"))
    var nodeMonitorGracePeriod: Int = 40

    @Option(
        help: ArgumentHelp("Whether the controllers and the scheduler run in this process.", valueName: "true|false")
    )
    var controllers: Bool = true

    @Option(
        help: ArgumentHelp(
            "Checks that are left out; there is one that can be, ServiceAccount: pods get no account.",
            valueName: "name,…"
        )
    )
    var disableAdmissionPlugins: String = ""

    @OptionGroup(title: "LOGGING") var logging: DaemonLoggingOptions

    /// What was asked for.
    func makeConfiguration() throws -> ControlPlaneConfiguration {
        let texts = serviceClusterIpRange.split(separator: ",").map { String($0) }
        let ranges = texts.compactMap { IPPrefix($0) }
        guard !ranges.isEmpty, ranges.count == texts.count, Set(ranges.map(\.family)).count == ranges.count else {
            throw ValidationError("--service-cluster-ip-range: one prefix, or one of each family, such as 10.96.0.0/12")
        }
        let ports = serviceNodePortRange.split(separator: "-").compactMap { Int($0) }
        guard ports.count == 2, ports[0] >= 1, ports[0] <= ports[1], ports[1] <= 65_535 else {
            throw ValidationError("--service-node-port-range: first and last port, such as 30000-32767")
        }
        var configuration = ControlPlaneConfiguration(advertisedHost: advertiseAddress, serviceRanges: ranges)
        configuration.folder = folder
        configuration.bindAddress = bindAddress
        configuration.port = securePort
        configuration.certificateNames = certSans.split(separator: ",").map { String($0) }
        configuration.nodePorts = ports[0]...ports[1]
        configuration.tokenFile = tokenAuthFile
        configuration.etcdServers = etcdServers.split(separator: ",").map { String($0) }
        configuration.etcdFiles = (etcdCafile, etcdCertfile, etcdKeyfile)
        configuration.runsControllers = controllers
        let disabled = disableAdmissionPlugins.split(separator: ",")
        guard disabled.allSatisfy({ $0 == "ServiceAccount" }) else {
            throw ValidationError("--disable-admission-plugins: only ServiceAccount can be left out")
        }
        configuration.givesAccounts = disabled.isEmpty
        configuration.podRanges = try podRanges()
        guard nodeMonitorGracePeriod > 0 else {
            throw ValidationError("--node-monitor-grace-period: a number of seconds above 0, such as 40")
        }
        configuration.nodeGracePeriod = .seconds(nodeMonitorGracePeriod)
        configuration.log = logging.settings
        return configuration
    }

    func validate() throws {
        _ = try makeConfiguration()
    }

    private func podRanges() throws -> [ClusterCIDR] {
        let ranges = try clusterCidr.split(separator: ",").map { text in
            let length = text.contains(":") ? nodeMaskSizeIPv6 : nodeMaskSizeIPv4
            guard let range = ClusterCIDR(String(text), nodeLength: length) else {
                throw ValidationError(
                    "--cluster-cidr: \(text) is no prefix that podCIDRs of /\(length) fit in (at most 2^16 of them)"
                )
            }
            return range
        }
        guard Set(ranges.map(\.range.family)).count == ranges.count else {
            throw ValidationError(
                "--cluster-cidr: at most one prefix of each family, such as 10.244.0.0/16,fd00:244::/48"
            )
        }
        return ranges
    }
}
