import ArgumentParser
import Observability

/// `trama overlay`: the pod network, and what one does with it.
struct OverlayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overlay",
        abstract: "Join pods on different hosts into one network, over TCP 6783, UDP 6783 and UDP 6784.",
        discussion: """
            Hosts that have the same token find each other, divide an address range among themselves, and carry their \
            pods' packets in VXLAN, or encrypted in WireGuard's protocol. The network stays in the kernel when the \
            daemon ends; only `reset` removes it.
            """,
        subcommands: [
            OverlayLaunchCommand.self, OverlayTokenCommand.self, OverlayStatusCommand.self, OverlayReportCommand.self,
            OverlayConnectCommand.self, OverlayForgetCommand.self, OverlayRemovePeerCommand.self,
            OverlayResetCommand.self,
        ]
    )
}
