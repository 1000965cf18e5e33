import ArgumentParser
import Observability
import Proxy

/// The program: a command per role.
@main
struct Trama: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trama",
        abstract: "The network plane of a Kubernetes node.",
        version: "trama \(TramaVersion.current)",
        subcommands: [
            ProxyCommand.self, OverlayCommand.self, AttachCommand.self, DetachCommand.self, ExposeCommand.self,
            HideCommand.self, NetworkCommand.self, ControlPlaneCommand.self, NodeCommand.self, DNSCommand.self,
            LabCommand.self, TestCommand.self,
        ]
    )

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        // The flags of the proxy are kube-proxy's, and written as Go programs take them.
        await main(arguments.first == ProxyCommand.commandName ? ProxyFlags.normalizing(arguments) : arguments)
    }
}
