import Addressing
import ArgumentParser
import Node

/// How pods live.
struct NodePodOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many pods may be here at once.", valueName: "number"))
    var maxPods: Int = 110

    @Option(help: ArgumentHelp("Name servers of pods.", valueName: "address,…"))
    var clusterDns: [String] = []

    @Option(help: ArgumentHelp("The domain of Services' names.", valueName: "domain"))
    var clusterDomain: String = "cluster.local"

    @Option(help: ArgumentHelp("Where containers' logs go.", valueName: "folder"))
    var logDir: String = "/var/log/pods"

    @Option(
        help: ArgumentHelp("The parent of pods' cgroups, below /sys/fs/cgroup; empty for none.", valueName: "path")
    )
    var cgroupRoot: String = "trama"

    @Flag(help: "End the pods with the process.")
    var stopPods = false

    func apply(to configuration: inout NodeConfiguration) throws {
        configuration.maxPods = maxPods
        configuration.clusterDNS = try clusterDns.flatMap { NodeIdentityOptions.parts($0) }.map { text in
            guard let address = IPAddress(text) else {
                throw ValidationError("--cluster-dns \(text): must be an IPv4 or IPv6 address")
            }
            return address
        }
        configuration.clusterDomain = clusterDomain
        configuration.logFolder = logDir
        let path = cgroupRoot.split(separator: "/").joined(separator: "/")
        configuration.cgroup = path.isEmpty ? nil : path
        configuration.stopsPods = stopPods
    }
}
