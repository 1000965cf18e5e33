import Addressing
import ArgumentParser
import Attachment
import Netlink

/// Which interface of which namespace.
struct NamespaceOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("A namespace's name (`ip netns`), a path, or a process's number.", valueName: "netns"))
    var namespace: String

    @Option(name: .customLong("interface"), help: ArgumentHelp("The interface's name in it.", valueName: "name"))
    var interface: String = "eth0"

    /// Where the namespace is.
    var path: String { NamespacePath.of(namespace) }

    /// What it is called in the overlay's books.
    var key: AttachmentKey { AttachmentKey(container: NamespacePath.identifier(namespace), interface: interface) }
}

/// How people name a namespace.
enum NamespacePath {
    /// Where it is: a path as it is, a process's namespace, or a name of `ip netns`.
    static func of(_ text: String) -> String {
        if text.contains("/") { return text }
        return Int32(text).map { "/proc/\($0)/ns/net" } ?? "\(NetworkNamespace.directory)/\(text)"
    }

    /// What it is called in the overlay's books, where a slash cannot be.
    static func identifier(_ text: String) -> String { text.replacing("/", with: "_") }
}

/// `trama attach`: joins a namespace to the pod network.
struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Join a network namespace to the pod network, and print its addresses."
    )

    @OptionGroup var target: NamespaceOptions

    @Argument(
        help: ArgumentHelp(
            "Addresses to give it, of this host's prefixes. (default: the next free ones)",
            valueName: "ip"
        ),
        transform: address
    )
    var addresses: [IPAddress] = []

    @Option(
        help: ArgumentHelp(
            "The name by which others find it, NAME.trama.local, where daemons serve names (--dns-address).",
            valueName: "name"
        )
    )
    var name: String?

    @OptionGroup var socket: SocketOptions

    func validate() throws {
        if let name, let problem = AttachmentName.problem(of: name) { throw ValidationError("--\(problem)") }
    }

    func run() throws {
        let client = DaemonClient(socket: socket)
        let request = AttachRequest(
            key: target.key,
            namespace: target.path,
            addresses: addresses,
            label: target.namespace,
            name: name ?? "",
            isRepeatable: true
        )
        try client.showAddresses(of: request)
    }
}

/// `trama detach`: takes a namespace out of the pod network.
struct DetachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detach",
        abstract: "Take a network namespace out of the pod network."
    )

    @OptionGroup var target: NamespaceOptions
    @OptionGroup var socket: SocketOptions

    func run() throws {
        let client = DaemonClient(socket: socket)
        if case .failed(let error) = try client.answer(to: .detach(target.key)) { throw client.refuse(error) }
    }
}

/// `trama expose`: an address of the pod network for this host.
struct ExposeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expose",
        abstract: "Give this host an address of the pod network, and print it.",
        discussion: "Pods on every host reach this host by it, and this host reaches them from it."
    )

    @Argument(
        help: ArgumentHelp("The address, of this host's prefixes. (default: the next free ones)", valueName: "ip"),
        transform: address
    )
    var addresses: [IPAddress] = []

    @OptionGroup var socket: SocketOptions

    func run() throws {
        show(try DaemonClient(socket: socket).perform("expose", addresses.map(\.description)))
    }
}

/// `trama hide`: takes the host's addresses of the pod network away.
struct HideCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hide",
        abstract: "Take this host's addresses of the pod network away."
    )

    @OptionGroup var socket: SocketOptions

    func run() throws {
        show(try DaemonClient(socket: socket).perform("hide"))
    }
}

extension DaemonClient {
    /// Attaches, and prints the addresses, one a line.
    func showAddresses(of request: AttachRequest) throws {
        switch try answer(to: .attach(request)) {
        case .attached(let attachment): for address in attachment.addresses { print(address) }
        case .done(let text): show(text)
        case .failed(let error): throw refuse(error)
        }
    }
}

@Sendable func address(_ text: String) throws -> IPAddress {
    guard let address = IPAddress(text) else { throw ValidationError("\(text): must be an IPv4 or IPv6 address") }
    return address
}
