import Addressing
public import Logging
import Observability
import Overlay
import Proxy

/// `trama node`, from a configuration to the end of the process.
public enum NodeProcess {
    /// Runs the node until SIGTERM or SIGINT. Pods, routes and rules stay, but for `stopsPods`.
    ///
    /// - Throws: What kept it from starting or from going on, with the remedy.
    public static func run(_ configuration: NodeConfiguration, logger: Logger) async throws {
        try configuration.check()
        let name = try NodeName.detect(override: configuration.nodeNameOverride)
        let programs = try NodePrograms.find(folders: configuration.cni.programFolders)
        let found = try await NodeAddressSelection.ofThisMachine()
        let addresses = configuration.nodeAddresses.isEmpty ? found : configuration.nodeAddresses
        guard !addresses.isEmpty else {
            throw NodeConfigurationError("--node-ip: this machine has no address that others reach; give one")
        }
        // Before anything is written.
        let settings = try NodeSession.clientSettings(configuration)
        try Folder.make("\(configuration.stateFolder)/node")
        if let overlay = configuration.overlay {
            let written = try ConfigurationList.write(
                to: configuration.cni.configurationFolder,
                socket: overlay.socketPath,
                stateFolder: overlay.stateFolder
            )
            if let written { logger.notice("configured pods' network", metadata: ["file": "\(written)"]) }
        }
        logger.notice(
            "starting",
            metadata: [
                "version": "\(TramaVersion.current)", "node": "\(name)",
                "addresses": "\(addresses.map(\.description).joined(separator: ","))",
            ]
        )
        let facts = NodeDescription(
            name: name,
            hostName: name,
            addresses: addresses,
            host: HostFacts.read(storage: configuration.stateFolder),
            maxPods: configuration.maxPods,
            kubeletPort: configuration.servers.port,
            labels: configuration.labels,
            taints: configuration.taints,
            version: TramaVersion.current
        )
        let session = try NodeSession(
            configuration,
            settings: settings,
            facts: facts,
            programs: programs,
            logger: logger
        )
        try await session.run()
        logger.notice(configuration.stopsPods ? "stopped, with its pods" : "stopped; the pods stay")
    }
}
