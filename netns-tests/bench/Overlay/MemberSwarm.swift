import Addressing
import Glibc
import Logging
import Observability
import OverlayCore
import OverlayMesh

/// Members of a cluster, all but one, in one process: a real mesh each, over TLS, each with its own address and records,
/// and one thread that does their path probing.
///
/// They begin with each other's records on their disks, as after a restart of all. It runs until it is stopped.
struct MemberSwarm {
    let members: [SwarmMember]
    let token: ClusterToken
    /// Where each has its state.
    let folder: String

    /// What it says once everybody knows everybody and has addresses.
    static let readiness = "all know each other"
    /// In the folder; once it is there, probes are not answered any more.
    static let silenceFile = "silence"
    static let cluster = "bench"

    /// The members' names, which are those who divide the addresses.
    static func seeds(_ count: Int) -> [String] { (0..<count).map { "member\($0)" } }

    init(count: Int, token: String, folder: String) throws {
        members = (0..<count).map { SwarmMember($0) }
        self.token = try ClusterToken(file: token)
        self.folder = folder
    }

    func run() async throws {
        raiseFileLimit()
        let configuration = configuration
        let stored = members.map(\.record.entry)
        let transports = try members.map { member in
            let store = try MeshStore(folder: StateFolder(path: "\(folder)/\(member.record.name)"))
            try store.append(stored)
            return try MeshTransport(
                configuration: MeshTransportConfiguration(
                    node: configuration,
                    token: token,
                    own: member.record,
                    listen: [ListenAddress(host: SwarmMember.address(member.index), port: 6783)]
                ),
                store: store,
                logger: Logger(label: "member") { _ in SwiftLogNoOpLogHandler() }
            )
        }
        let prober = try SwarmProber(members, silence: "\(folder)/\(Self.silenceFile)")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await prober.run() }
            for transport in transports { group.addTask { try await transport.run() } }
            group.addTask {
                try await eventually("the members", within: .seconds(280), every: .seconds(1)) {
                    for transport in transports {
                        let node = await transport.node
                        guard node.mesh.memberCount >= transports.count, node.blocks.count == 2 else { return false }
                    }
                    return true
                }
                Report.line(Self.readiness)
                while true { try await Task.sleep(for: .seconds(3600)) }
            }
            // None ends unless it fails.
            try await group.next()
        }
    }

    /// What the daemon is told too.
    private var configuration: MeshNodeConfiguration {
        let ranges = [("10.32.0.0/12", 24), ("fd74:7261:6d00::/48", 64)].compactMap { text, length in
            IPPrefix(text).flatMap { IPAMRange(prefix: $0, blockLength: length) }
        }
        return MeshNodeConfiguration(
            mesh: MeshConfiguration(cluster: Self.cluster, ranges: ranges.map(\.prefix)),
            addresses: IPAMConfiguration(
                cluster: Self.cluster,
                ranges: ranges,
                bootstrap: .seeds(Self.seeds(members.count))
            )
        )
    }

    /// Each member has a listener, its connections and its files.
    private func raiseFileLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// A member that is not real.
struct SwarmMember: Sendable {
    let index: Int
    let record: PeerRecord

    /// The address of the daemon that is measured.
    static let subject = "10.76.0.1"
    static let underlayPrefixLength = 15

    init(_ index: Int) {
        self.index = index
        var generator = SystemRandomNumberGenerator()
        record = PeerRecord(
            id: .random(using: &generator),
            name: "member\(index)",
            endpoints: [IPAddress(Self.address(index))].compactMap(\.self),
            underlayPrefixLength: Self.underlayPrefixLength,
            wireGuardKey: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        )
    }

    /// The underlay address of a member.
    static func address(_ index: Int) -> String { "10.77.\(index / 250).\(index % 250 + 1)" }
}
