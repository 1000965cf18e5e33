import Addressing
import ArgumentParser
import Node
import Observability
import Overlay
import OverlayCore

/// How pods reach each other and Services.
struct NodeNetworkOptions: ParsableArguments {
    @Option(
        name: [.customLong("cluster-cidr"), .customLong("pod-cidr-range")],
        help: ArgumentHelp("Ranges of all Nodes' podCIDRs, at most one of each family.", valueName: "prefix,…")
    )
    var clusterCidr: [String] = []

    @Flag(help: "Leave it to somebody else that pods of different nodes reach each other.")
    var noOverlay = false

    @Flag(help: "Leave Services to somebody else.")
    var noProxy = false

    @Option(
        help: ArgumentHelp(
            "The folder of CNI configurations; where there is none, the overlay's is written.",
            valueName: "folder"
        )
    )
    var cniConfDir: String = "/etc/cni/net.d"

    @Option(
        help: ArgumentHelp("A folder of CNI plug-ins, before the one of this program.", valueName: "folder")
    )
    var cniBinDir: [String] = ["/opt/cni/bin"]

    @Option(
        help: ArgumentHelp(
            "off, prefer or require: as of `trama overlay launch`.",
            valueName: "require|prefer|off"
        ),
        transform: encryptionPolicy
    )
    var encryption: EncryptionPolicy = .off

    @Flag(help: "Reach nodes in the underlay's own subnet without a tunnel.")
    var direct = false

    @Flag(help: "Leave the source address of packets that leave the cluster as it is.")
    var noMasquerade = false

    @Option(
        help: ArgumentHelp("The largest packet of pods, in bytes. (default: what all paths carry)", valueName: "bytes")
    )
    var mtu: UInt32?

    @Option(help: ArgumentHelp("The overlay's control socket.", valueName: "path"))
    var socket: String = OverlayConfiguration.defaultSocketPath

    @Option(
        help: ArgumentHelp(
            "UDP port of WireGuard; VXLAN takes the next. The same on all nodes.",
            valueName: "port"
        )
    )
    var overlayPort: UInt16 = OverlayConfiguration.defaultPort

    @Option(
        help: ArgumentHelp("The WireGuard device's name; different for each node of a machine.", valueName: "name")
    )
    var wireguardDevice: String = "trama.wg"

    func apply(to configuration: inout NodeConfiguration) throws {
        let ranges = try clusterCidr.flatMap { NodeIdentityOptions.parts($0) }.map { text in
            guard let range = IPPrefix(text) else {
                throw ValidationError("--cluster-cidr \(text): must be a prefix, for example 10.244.0.0/16")
            }
            return range
        }
        if !ranges.isEmpty { configuration.clusterRanges = ranges }
        configuration.cni.configurationFolder = cniConfDir
        configuration.cni.programFolders = cniBinDir
        if noProxy { configuration.proxyFlags = nil }
        guard !noOverlay else {
            configuration.overlay = nil
            return
        }
        configuration.overlay?.encryption = encryption
        configuration.overlay?.usesDirectRoutes = direct
        configuration.overlay?.masquerades = !noMasquerade
        configuration.overlay?.podMTU = mtu
        configuration.overlay?.socketPath = socket
        configuration.overlay?.port = overlayPort
        configuration.overlay?.wireGuardDevice = wireguardDevice
    }

    func validate() throws {
        if direct, encryption != .off {
            throw ValidationError("--direct: sends packets in plain text; it goes with --encryption off only")
        }
    }
}
