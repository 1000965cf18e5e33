import Addressing
import Attachment
import Glibc
import Netlink
import Synchronization

/// A host that containers are attached to, with the part of the daemon that does it: store, attacher, control socket.
final class AttachmentBed: Sendable {
    let host: Host
    let folder: TemporaryFolder
    let store: AddressStore
    let plumbing: PodPlumbing
    let attacher: Attacher
    /// What the attacher said of the attachments, each time.
    let told: Told
    /// Answers of the part that gets ranges from elsewhere, each used once; then it refuses.
    let grants: Grants
    private let daemon = Mutex<Task<Void, Never>?>(nil)

    final class Told: Sendable {
        private let lists = Mutex<[[PodAttachment]]>([])
        var last: [PodAttachment]? { lists.withLock { $0.last } }
        func append(_ list: [PodAttachment]) { lists.withLock { $0.append(list) } }
    }

    final class Grants: Sendable {
        private let answers = Mutex<[[IPPrefix]]>([])
        func append(_ prefixes: [IPPrefix]) { answers.withLock { $0.append(prefixes) } }
        func next() -> Attacher.SpaceAnswer {
            answers.withLock {
                $0.isEmpty ? .refused("1024 are free on other hosts, all unreachable") : .granted($0.removeFirst())
            }
        }
    }

    /// The daemon's network: where nothing else is said, 10.32.1.0/24 and fd00:32:1::/64 are this host's.
    static func make(_ networks: [AttachableNetwork] = [pods()], runsDaemon: Bool = true) async throws -> AttachmentBed
    {
        let bed = try AttachmentBed(host: try await Host.make("node"))
        try bed.host.sysctl("net/ipv4/ip_forward", "1")
        try bed.host.sysctl("net/ipv6/conf/all/forwarding", "1")
        // The host's own addresses in its ranges, as the reconciler gives them to the VXLAN device.
        for prefix in networks.filter({ $0.bridge == nil }).flatMap(\.prefixes) {
            try await bed.host.addAddress("\(prefix.address)/\(prefix.family.bitCount)", to: "lo")
        }
        try await bed.attacher.setNetworks(networks)
        if runsDaemon { try bed.startDaemon() }
        return bed
    }

    /// The routed pod network.
    static func pods(_ prefixes: String..., mtu: UInt32 = 1420) -> AttachableNetwork {
        let own = prefixes.isEmpty ? ["10.32.1.0/24", "fd00:32:1::/64"] : prefixes
        let parsed = own.compactMap { IPPrefix($0) }
        let ranges = ["10.32.0.0/12", "fd00:32::/48"].compactMap { IPPrefix($0) }
            .filter { range in parsed.contains { $0.family == range.family } }
        return AttachableNetwork(ranges: ranges, prefixes: parsed, mtu: mtu)
    }

    private init(host: Host) throws {
        self.host = host
        folder = try TemporaryFolder()
        store = AddressStore(folder: folder.path)
        plumbing = try PodPlumbing(in: host.namespace)
        let (told, grants) = (Told(), Grants())
        (self.told, self.grants) = (told, grants)
        attacher = Attacher(
            store: store,
            plumbing: plumbing,
            moreSpace: { _, _ in grants.next() },
            changed: { told.append($0) }
        )
    }

    deinit { stopDaemon() }

    var socket: String { folder.path("sock") }

    func startDaemon() throws {
        let attacher = attacher
        let server = try ControlServer(path: socket) { request in
            await attacher.answer(request) ?? .failed(AttachmentError(.refused, "not here"))
        }
        daemon.withLock { $0 = Task { await server.run() } }
    }

    func stopDaemon() {
        daemon.withLock { task in
            task?.cancel()
            task = nil
        }
    }

    /// A path by which other programs find a container's namespace.
    static func path(of container: Host) -> String {
        "/proc/\(getpid())/fd/\(container.namespace.fileDescriptor)"
    }

    /// Attaches a container, without the socket.
    @discardableResult
    func attach(
        _ container: Host,
        interface: String = "eth0",
        network: String = AttachableNetwork.pods,
        addresses: [String] = [],
        isRepeatable: Bool = false
    ) async throws -> PodAttachment {
        try await attacher.attach(
            AttachRequest(
                key: AttachmentKey(container: container.name, interface: interface, configuration: "pods"),
                namespace: Self.path(of: container),
                network: network,
                addresses: addresses.compactMap { IPAddress($0) },
                isRepeatable: isRepeatable
            )
        )
    }

    // MARK: Plug-ins

    /// What a plug-in printed, and how it ended.
    struct Outcome {
        let status: Int32
        let output: String
    }

    /// A configuration for a plug-in.
    ///
    /// - Parameter more: Members of the object, each after a comma.
    func configuration(_ version: String = "1.1.0", type: String = "trama-cni", more: String = "") -> String {
        """
        {"cniVersion":"\(version)","name":"pods","type":"\(type)","socket":"\(socket)",\
        "stateDirectory":"\(folder.path)"\(more)}
        """
    }

    /// Runs a plug-in on the host, as a runtime does.
    func plugin(
        _ command: String,
        _ container: Host?,
        _ configuration: String,
        program: String? = nil,
        interface: String = "eth0",
        arguments: String = ""
    ) async throws -> Outcome {
        var variables = ["CNI_COMMAND=\(command)", "CNI_PATH=/usr/lib/cni", "SWIFT_BACKTRACE=enable=no"]
        if let container {
            variables += ["CNI_CONTAINERID=\(container.name)", "CNI_IFNAME=\(interface)"]
            variables.append("CNI_NETNS=\(Self.path(of: container))")
        }
        if !arguments.isEmpty { variables.append("CNI_ARGS=\(arguments)") }
        let path = try program ?? Self.program()
        do {
            let output = try await Program.run(
                ["env"] + variables + [path],
                in: host.namespace.duplicate(),
                input: configuration
            )
            return Outcome(status: 0, output: output)
        } catch let failure as Program.Failure {
            return Outcome(status: failure.status, output: failure.output)
        }
    }

    /// `trama-cni` beside the test bundle.
    static func program() throws -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        guard access("\(folder)/trama-cni", X_OK) == 0 else {
            throw NetlinkError(
                operation: "find \(folder)/trama-cni; build it: `swift build --product trama-cni`",
                errno: ENOENT
            )
        }
        return "\(folder)/trama-cni"
    }
}

extension Host {
    /// Whether a ping of one packet is answered.
    func reaches(_ address: String) async throws -> Bool {
        do {
            try await run("ping", "-n", "-c", "1", "-W", "5", address)
            return true
        } catch is Program.Failure {
            return false
        }
    }
}
