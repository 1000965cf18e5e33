import ArgumentParser
import Attachment
import Observability
import Overlay

/// `trama overlay reset`: leaves the cluster, and removes everything of the overlay from this host.
struct OverlayResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Leave the cluster, and remove everything of the overlay from this host.",
        discussion: """
            A running daemon hands its address space to another peer and ends. Links, routes and rules of the overlay \
            are removed, those of pods too; nothing else is touched.
            """
    )

    @Flag(help: "Remove everything although the address space could not be handed on; `rmpeer` elsewhere does that.")
    var force = false

    @Option(help: ArgumentHelp("Where identity, mesh state and attachments are kept.", valueName: "folder"))
    var stateDir: String = OverlayConfiguration.defaultStateFolder

    @Option(help: ArgumentHelp("The VXLAN device's name.", valueName: "name"))
    var vxlanDevice: String = "trama.vxlan"

    @Option(help: ArgumentHelp("The WireGuard device's name.", valueName: "name"))
    var wireguardDevice: String = "trama.wg"

    @OptionGroup var socket: SocketOptions

    func run() async throws {
        let client = DaemonClient(socket: socket)
        do {
            try await OverlayReset(
                stateFolder: stateDir,
                socketPath: socket.socket,
                vxlanDevice: vxlanDevice,
                wireGuardDevice: wireguardDevice,
                isForced: force
            ).run()
        } catch {
            throw client.refuse(error)
        }
    }
}
