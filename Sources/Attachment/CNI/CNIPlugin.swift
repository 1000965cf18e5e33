import Addressing
import JSON
import Netlink

/// The CNI plug-in: one call of a container runtime, from its environment and standard input to what is printed.
///
/// `ADD` and `STATUS` ask the daemon. `DEL`, `CHECK` and `GC` work on the disk and the kernel, with or without it.
/// Source: CNI specification 1.1.0, `SPEC.md`.
public struct CNIPlugin: Sendable {
    private let environment: CNIEnvironment

    /// A call.
    public init(_ environment: CNIEnvironment) {
        self.environment = environment
    }

    /// What the program prints on its standard output, and the status it ends with.
    public struct Outcome: Sendable, Hashable {
        /// JSON, or nothing.
        public var output: [UInt8]
        /// 0, or 1 with an error in the output.
        public var status: Int32
    }

    /// How long `ADD` may take in all: getting another range from a host that is far away takes some seconds.
    private static let attachTimeout = Duration.seconds(30)

    /// Does what the runtime asks for.
    ///
    /// - Parameter input: What is on the standard input: the network configuration.
    public func run(input: [UInt8]) async -> Outcome {
        var version = CNIVersion.latest
        do throws(AttachmentError) {
            if environment.command == "VERSION" { return Outcome(output: Self.versions(), status: 0) }
            let configuration = try CNIConfiguration(json: input)
            version = configuration.version
            return Outcome(output: try await perform(configuration), status: 0)
        } catch {
            return Outcome(output: error.cniJSON(version), status: 1)
        }
    }

    private func perform(_ configuration: CNIConfiguration) async throws(AttachmentError) -> [UInt8] {
        switch environment.command {
        case "ADD": return try add(configuration)
        case "DEL": try await remove(configuration)
        case "CHECK":
            try require(.v0_4_0, configuration)
            try await check(configuration)
        case "GC":
            try require(.v1_1_0, configuration)
            try await collectGarbage(configuration)
        case "STATUS":
            try require(.v1_1_0, configuration)
            try status(configuration)
        default:
            throw AttachmentError(
                .invalidEnvironment,
                "CNI_COMMAND is \"\(environment.command)\": must be ADD, DEL, CHECK, GC, STATUS or VERSION"
            )
        }
        return []
    }

    private func require(_ version: CNIVersion, _ configuration: CNIConfiguration) throws(AttachmentError) {
        guard configuration.version >= version else {
            throw AttachmentError(
                .incompatibleVersion,
                "\(environment.command) is not in version \(configuration.version.rawValue) of CNI: write cniVersion "
                    + "\(version.rawValue) or newer"
            )
        }
    }

    // MARK: With the daemon

    private func add(_ configuration: CNIConfiguration) throws(AttachmentError) -> [UInt8] {
        let arguments = try environment.arguments()
        let request = AttachRequest(
            key: try environment.key(configuration: configuration.name),
            namespace: try environment.required("CNI_NETNS"),
            network: configuration.network,
            addresses: try Self.addresses(configuration, arguments),
            mtu: configuration.mtu,
            label: [arguments["K8S_POD_NAMESPACE"], arguments["K8S_POD_NAME"]].compactMap { $0 }.joined(separator: "/")
        )
        let client = ControlClient(path: configuration.socket)
        guard case .attached(let attachment) = try client.ask(.attach(request), timeout: Self.attachTimeout) else {
            throw AttachmentError(
                .undecodable,
                "the daemon at \(configuration.socket) answers something else than asked"
            )
        }
        var result = configuration.previousResult ?? CNIResult()
        result.add(attachment)
        if configuration.dns != CNIResult.DNS() { result.dns = configuration.dns }
        return result.json(configuration.version)
    }

    /// The addresses that are asked for: by the runtime's capability, by `args`, or by `CNI_ARGS`.
    private static func addresses(
        _ configuration: CNIConfiguration,
        _ arguments: [String: String]
    ) throws(AttachmentError) -> [IPAddress] {
        var texts = configuration.addresses
        if texts.isEmpty, let text = arguments["IP"] { texts = text.split(separator: ",").map { String($0) } }
        var addresses: [IPAddress] = []
        for text in texts {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let address = IPAddress(parts[0]), parts.count == 1 || IPPrefix(text) != nil else {
                throw AttachmentError(.unsupportedField, "\"\(text)\" is not an IP address such as 10.32.0.5")
            }
            addresses.append(address)
        }
        return addresses
    }

    private func status(_ configuration: CNIConfiguration) throws(AttachmentError) {
        do throws(AttachmentError) {
            _ = try ControlClient(path: configuration.socket).ask(.ready, timeout: .seconds(5))
        } catch {
            throw AttachmentError(.unavailable, error.message, details: error.details)
        }
    }

    // MARK: Without it

    private func remove(_ configuration: CNIConfiguration) async throws(AttachmentError) {
        let key = try environment.key(configuration: configuration.name)
        let removal = AttachmentRemoval(
            store: AddressStore(folder: configuration.stateDirectory),
            plumbing: try plumbing()
        )
        if try await removal.remove(key) != nil { tellDaemon(configuration) }
    }

    private func collectGarbage(_ configuration: CNIConfiguration) async throws(AttachmentError) {
        guard let valid = configuration.validAttachments else {
            throw AttachmentError(
                .invalidConfiguration,
                "GC without cni.dev/valid-attachments would remove everything: the runtime must say what is valid"
            )
        }
        let removal = AttachmentRemoval(
            store: AddressStore(folder: configuration.stateDirectory),
            plumbing: try plumbing()
        )
        let (removed, failures) = try await removal.removeAll(of: configuration.name, except: valid)
        if !removed.isEmpty { tellDaemon(configuration) }
        if let first = failures.first {
            throw AttachmentError(
                first.code,
                "\(failures.count) of \(failures.count + removed.count) could not be removed; the first: "
                    + first.message,
                details: first.details
            )
        }
    }

    private func check(_ configuration: CNIConfiguration) async throws(AttachmentError) {
        let key = try environment.key(configuration: configuration.name)
        let namespace = try environment.required("CNI_NETNS")
        guard let previous = configuration.previousResult else {
            throw AttachmentError(.invalidConfiguration, "CHECK needs prevResult: the runtime must pass ADD's result")
        }
        let store = AddressStore(folder: configuration.stateDirectory)
        guard var attachment = try store.read().attachments[key] else {
            throw AttachmentError(.unknownContainer, "\(key) is not attached: nothing of it is in \(store.folder)")
        }
        guard previous.tells(of: attachment, namespace: namespace) else {
            throw AttachmentError(
                .altered,
                "prevResult does not tell of \(key) with \(attachment.addresses.map(\.description)) in \(namespace)"
            )
        }
        attachment.namespace = namespace
        try await plumbing().check(attachment)
    }

    private func plumbing() throws(AttachmentError) -> PodPlumbing {
        do throws(NetlinkError) {
            return try PodPlumbing(in: NetworkNamespace.current())
        } catch {
            throw AttachmentError(error)
        }
    }

    /// Lets the daemon look at the store; it does so anyway, but later.
    private func tellDaemon(_ configuration: CNIConfiguration) {
        let client = ControlClient(path: configuration.socket, acceptTimeout: .milliseconds(300))
        _ = try? client.ask(.attachmentsChanged, timeout: .milliseconds(300))
    }

    private static func versions() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("cniVersion", CNIVersion.latest.rawValue)
        writer.strings("supportedVersions", CNIVersion.allCases.map(\.rawValue))
        writer.endObject()
        return writer.bytes
    }
}

extension AttachmentError {
    /// The error as a CNI plug-in prints it.
    func cniJSON(_ version: CNIVersion) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("cniVersion", version.rawValue)
        writer.member("code", code.rawValue)
        writer.member("msg", message)
        if !details.isEmpty { writer.member("details", details) }
        writer.endObject()
        return writer.bytes
    }
}
