import JSON
import PodLauncher

/// What an image's name stands for: this runtime has programs of the host, and no images.
enum ProgramSet: Sendable, Hashable {
    /// The host's busybox and all its names in front of the host's own programs.
    case busybox
    /// The launcher's echo server.
    case echo
    /// The launcher's program that waits.
    case pause
    /// The host's programs.
    case host

    /// What can be run here, for those who ask for something else.
    static let help = """
        this is a laboratory runtime: it runs programs of the host, not images. It knows trama.dev/echo (HTTP, TCP and \
        UDP server), trama.dev/busybox, trama.dev/pause, and host (with a command)
        """

    /// The set of that name; nil where there is none. Tags and digests do not matter.
    init?(image: String) {
        var name = image.prefix { $0 != "@" }
        if let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") { name = name[..<colon] }
        switch name {
        case "trama.dev/busybox", "busybox", "docker.io/library/busybox": self = .busybox
        case "trama.dev/echo": self = .echo
        case "trama.dev/pause", "registry.k8s.io/pause": self = .pause
        case "host", "trama.dev/host": self = .host
        default: return nil
        }
    }

    /// What runs without a command.
    var builtIn: LaunchSpecification.BuiltIn? {
        switch self {
        case .echo: .echo
        case .pause: .pause
        case .busybox, .host: nil
        }
    }

    /// The command of the image, where it has one.
    var command: [String] { self == .busybox ? ["sh"] : [] }

    /// Where containers find links with the names of busybox's programs.
    static let busyboxFolder = "/.trama/busybox"

    /// The value of `PATH`.
    func path(hasBusybox: Bool) -> String { hasBusybox ? "\(Self.busyboxFolder):\(Self.path)" : Self.path }

    /// Folders of programs.
    static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

/// What a container's command comes to.
struct ContainerCommand: Sendable, Hashable {
    var builtIn: LaunchSpecification.BuiltIn?
    var arguments: [String]

    /// By the rules for `command` and `args`: a command replaces all that the image has, arguments its arguments only.
    init(_ container: ContainerSpecification, variables: [String: String]) throws(StartRefusal) {
        guard let set = ProgramSet(image: container.image) else {
            throw StartRefusal(reason: "ErrImagePull", message: "\"\(container.image)\": \(ProgramSet.help)")
        }
        let command = (container.object["command"]?.array ?? []).compactMap(\.string)
            .map { VariableExpansion.expand($0, variables) }
        let arguments = (container.object["args"]?.array ?? []).compactMap(\.string)
            .map { VariableExpansion.expand($0, variables) }
        if !command.isEmpty {
            self.arguments = command + arguments
        } else if let builtIn = set.builtIn {
            self.builtIn = builtIn
            self.arguments = [builtIn.rawValue] + arguments
        } else if set == .host {
            guard !arguments.isEmpty else {
                throw StartRefusal(
                    reason: "CreateContainerConfigError",
                    message: "no command specified: the image host needs one"
                )
            }
            self.arguments = arguments
        } else {
            self.arguments = arguments.isEmpty ? set.command : arguments
        }
    }
}

/// Why a container is not started.
struct StartRefusal: Error, Hashable, CustomStringConvertible {
    /// In upstream's words: `CreateContainerConfigError`, `ErrImagePull`.
    var reason: String
    var message: String
    var description: String { "\(reason): \(message)" }
}
