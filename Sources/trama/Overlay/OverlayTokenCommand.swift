import ArgumentParser
import OverlayMesh

/// `trama overlay token`: a new cluster's secret.
struct OverlayTokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make a token for a new cluster.",
        discussion: """
            Whoever has the token may join the cluster. Give each host the same file, with access for root only.
            """
    )

    @Option(help: ArgumentHelp("Write the token to a new file (0600) instead of printing it.", valueName: "path"))
    var file: String?

    func run() throws {
        let token = ClusterToken.random()
        guard let file else {
            print(token.text)
            return
        }
        try token.write(toNewFile: file)
    }
}
