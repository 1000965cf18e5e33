import KubernetesAPI

/// What a request to the kubelet's server asks for.
///
/// Source: `pkg/kubelet/server/server.go`.
enum KubeletRequest: Sendable, Hashable {
    /// Whether the node works.
    case health
    /// What was counted.
    case metrics
    /// The pods of the node.
    case pods
    /// What a container has printed.
    case logs(ContainerName, LogOptions)
    /// A command in a container.
    case exec(ContainerName, ExecCommand)

    /// A container of a pod.
    struct ContainerName: Sendable, Hashable {
        var namespace: String
        var pod: String
        var container: String
    }

    /// Reads a request.
    ///
    /// - Parameters:
    ///   - method: Such as `GET`.
    ///   - target: Path and query as they were sent.
    init(method: String, target: String) throws(KubeletRefusal) {
        let parts = target.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        let segments = (parts.first ?? "".utf8[...]).split(separator: UInt8(ascii: "/")).map {
            QueryParameters.decode($0, plusIsSpace: false)
        }
        let query = parts.count > 1 ? QueryParameters(Substring(parts[1])) : QueryParameters()
        switch segments.first {
        case "healthz" where segments.count == 1: self = .health
        case "metrics" where segments.count == 1: self = .metrics
        case "pods" where segments.count == 1: self = .pods
        case "containerLogs":
            let container = try Self.container(segments)
            do throws(PodLogOptions.Problem) {
                self = .logs(container, try PodLogOptions(query))
            } catch {
                throw KubeletRefusal(422, error.message)
            }
        case "exec":
            let container = try Self.container(segments)
            guard method == "GET" || method == "POST" else { throw .methodNotAllowed }
            self = .exec(container, try Self.command(query))
            return
        case "attach", "portForward", "run", "cri":
            throw KubeletRefusal(501, "\(segments[0]) is not served by this node: see `trama lab exec`")
        default: throw .notFound
        }
        guard method == "GET" || method == "HEAD" else { throw .methodNotAllowed }
    }

    private static func container(_ segments: [String]) throws(KubeletRefusal) -> ContainerName {
        guard segments.count == 4 else { throw .notFound }
        // They become parts of paths: what is no name of an object is not asked for at all.
        for name in segments[1...] {
            guard isName(name) else {
                throw KubeletRefusal(400, "\"\(name)\" is no name of a namespace, pod or container")
            }
        }
        return ContainerName(namespace: segments[1], pod: segments[2], container: segments[3])
    }

    /// Letters, digits, `-` and `.`, and a letter or digit at both ends, as names of all objects are.
    private static func isName(_ text: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let first = text.utf8.first, let last = text.utf8.last, text.utf8.count <= 253 else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    }

    private static func command(_ query: QueryParameters) throws(KubeletRefusal) -> ExecCommand {
        let arguments = query.all("command")
        guard let program = arguments.first, !program.isEmpty else {
            throw KubeletRefusal(400, "command: Required value: the program that is to run")
        }
        let hasTerminal = query.isSet("tty")
        let command = ExecCommand(
            arguments,
            hasInput: query.isSet("input"),
            hasOutput: query.isSet("output"),
            hasErrors: query.isSet("error") && !hasTerminal,
            hasTerminal: hasTerminal
        )
        guard command.hasInput || command.hasOutput || command.hasErrors else {
            throw KubeletRefusal(400, "you must specify at least 1 of stdin, stdout, stderr")
        }
        return command
    }

    /// What authorization calls it: the part of the Node that is asked for.
    var subresource: String {
        switch self {
        case .health: "healthz"
        case .metrics: "metrics"
        case .pods: "pods"
        case .logs, .exec: "proxy"
        }
    }

    /// What metrics call it.
    var label: String {
        switch self {
        case .health: "healthz"
        case .metrics: "metrics"
        case .pods: "pods"
        case .logs: "containerLogs"
        case .exec: "exec"
        }
    }
}
