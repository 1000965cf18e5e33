import Addressing
import ArgumentParser
import Attachment

/// `trama network`: bridged networks beside the pod network.
struct NetworkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network",
        abstract: "Bridged networks between hosts, each isolated from all others.",
        subcommands: [
            NetworkCreateCommand.self, NetworkListCommand.self, NetworkRemoveCommand.self, NetworkJoinCommand.self,
            NetworkLeaveCommand.self,
        ]
    )
}

/// `trama network create`.
struct NetworkCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a network that namespaces on every host can join."
    )

    @Argument(help: ArgumentHelp("What to call it.", valueName: "name")) var name: String

    @Option(
        help: ArgumentHelp("Its range; give it twice for IPv4 and IPv6.", valueName: "prefix"),
        transform: { text in
            guard let prefix = IPPrefix(text), prefix.description == text else {
                throw ValidationError("\(text): must be a prefix without bits beyond its length, as in 10.50.0.0/16")
            }
            return prefix
        }
    )
    var cidr: [IPPrefix]

    @Option(help: ArgumentHelp("Its VNI. (default: one that nobody uses)", valueName: "number")) var vni: UInt32?

    @OptionGroup var socket: SocketOptions

    func run() throws {
        var options: [String: String] = [:]
        if let vni { options["vni"] = "\(vni)" }
        show(
            try DaemonClient(socket: socket)
                .perform("network create", [name] + cidr.map(\.description), options: options)
        )
    }
}

/// `trama network ls`.
struct NetworkListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List the networks.")

    @OptionGroup var socket: SocketOptions

    func run() throws {
        show(try DaemonClient(socket: socket).perform("network ls"))
    }
}

/// `trama network rm`.
struct NetworkRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove a network that nobody has joined."
    )

    @Argument(help: ArgumentHelp("The network.", valueName: "name")) var name: String
    @OptionGroup var socket: SocketOptions

    func run() throws {
        show(try DaemonClient(socket: socket).perform("network rm", [name]))
    }
}

/// `trama network join`.
struct NetworkJoinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join",
        abstract: "Join a network namespace to a network, and print its addresses."
    )

    @Argument(help: ArgumentHelp("The network.", valueName: "name")) var name: String
    @OptionGroup var target: NetworkNamespaceOptions

    @Argument(
        help: ArgumentHelp("Addresses to give it. (default: the next free ones)", valueName: "ip"),
        transform: address
    )
    var addresses: [IPAddress] = []

    @OptionGroup var socket: SocketOptions

    func run() throws {
        let request = AttachRequest(
            key: target.key(in: name),
            namespace: target.path,
            network: name,
            addresses: addresses,
            label: target.namespace,
            isRepeatable: true
        )
        try DaemonClient(socket: socket).showAddresses(of: request)
    }
}

/// `trama network leave`.
struct NetworkLeaveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leave",
        abstract: "Take a network namespace out of a network."
    )

    @Argument(help: ArgumentHelp("The network.", valueName: "name")) var name: String
    @OptionGroup var target: NetworkNamespaceOptions
    @OptionGroup var socket: SocketOptions

    func run() throws {
        let client = DaemonClient(socket: socket)
        if case .failed(let error) = try client.answer(to: .detach(target.key(in: name))) { throw client.refuse(error) }
    }
}

/// Which interface of which namespace, in a bridged network.
struct NetworkNamespaceOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("A namespace's name (`ip netns`), a path, or a process's number.", valueName: "netns"))
    var namespace: String

    @Option(help: ArgumentHelp("The interface's name in it. (default: the network's name)", valueName: "name"))
    var interface: String?

    /// Where the namespace is.
    var path: String { NamespacePath.of(namespace) }

    /// What it is called in the overlay's books.
    func key(in network: String) -> AttachmentKey {
        AttachmentKey(
            container: NamespacePath.identifier(namespace),
            interface: interface ?? String(network.prefix(15))
        )
    }
}
