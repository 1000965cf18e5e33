import ArgumentParser

/// `trama overlay connect`: peers to connect to from now on.
struct OverlayConnectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect",
        abstract: "Connect to peers, now and after restarts.",
        discussion: """
            What connect and forget have changed is kept in the state folder, and counts from then on in place of the \
            peers on the command line of launch.
            """
    )

    @Flag(help: "Connect to these peers only, and no longer to those named before.")
    var replace = false

    @Argument(help: ArgumentHelp("Peers: host, host:port, [address]:port.", valueName: "peer"))
    var peers: [String]

    @OptionGroup var socket: SocketOptions

    func run() throws {
        show(
            try DaemonClient(socket: socket)
                .perform("connect", peers, options: replace ? ["replace": "true"] : [:])
        )
    }
}

/// `trama overlay forget`: peers not to connect to any more.
struct OverlayForgetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Connect to peers no longer; connections that are there stay."
    )

    @Argument(help: ArgumentHelp("Peers, as they were given.", valueName: "peer"))
    var peers: [String]

    @OptionGroup var socket: SocketOptions

    func run() throws {
        show(try DaemonClient(socket: socket).perform("forget", peers))
    }
}

/// `trama overlay rmpeer`: hands a dead peer's addresses to a live one.
struct OverlayRemovePeerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rmpeer",
        abstract: "Remove a peer that will not come back, and hand its address space to a live one.",
        discussion: """
            Needs the consent of a majority of the other members, so that two halves of a divided network cannot both \
            do it. Should the peer come back, it takes a new identity.
            """
    )

    @Argument(help: ArgumentHelp("Peers, by name or identity.", valueName: "peer"))
    var peers: [String]

    @OptionGroup var socket: SocketOptions

    func run() throws {
        show(try DaemonClient(socket: socket).perform("rmpeer", peers))
    }
}
