import Addressing
import FolderTesting
import Logging
import NIOCore
import NIOPosix
import Observability
import OverlayCore
import Testing

@testable import OverlayMesh

/// What a peer of a test is made from.
struct TestPeer: Sendable {
    var id: PeerID
    var name: String
    var token: ClusterToken
    var mesh: MeshConfiguration
    var limits = MeshLimits()
    var folder: TestFolder
    /// The port to listen on; 0 for any.
    var port = 0
    var targets: [PeerAddress] = []

    init(_ number: UInt64, token: ClusterToken, cluster: String = "test") throws {
        id = PeerID(high: number, low: number)
        name = "peer-\(number)"
        self.token = token
        mesh = MeshConfiguration(cluster: cluster)
        folder = TestFolder()
    }

    func transport() throws -> MeshTransport {
        try MeshTransport(
            configuration: MeshTransportConfiguration(
                node: MeshNodeConfiguration(mesh: mesh),
                token: token,
                own: PeerRecord(id: id, name: name, endpoints: [.v4(0x7f00_0001)], meshPort: 0),
                listen: [ListenAddress(host: "127.0.0.1", port: port)],
                targets: targets,
                limits: limits
            ),
            store: MeshStore(folder: StateFolder(path: folder.path)),
            logger: Logger(label: name) { _ in SwiftLogNoOpLogHandler() }
        )
    }
}

/// Runs the peers while the body does, which is called once all of them listen.
func withRunning<Outcome: Sendable>(
    _ peers: [TestPeer],
    _ body: ([MeshTransport]) async throws -> Outcome
) async throws -> Outcome {
    let transports = try peers.map { try $0.transport() }
    return try await withThrowingTaskGroup(of: Void.self) { group in
        for transport in transports { group.addTask { try await transport.run() } }
        for transport in transports { try await eventually("it listens") { await !transport.addresses.isEmpty } }
        let outcome = try await body(transports)
        group.cancelAll()
        try await group.waitForAll()
        return outcome
    }
}

extension MeshTransport {
    /// Where others connect to this peer.
    var place: PeerAddress { PeerAddress(address: .v4(0x7f00_0001), port: UInt16(addresses[0].port)) }

    /// The words of all refusals.
    var refusalReasons: [String] { refusals.map(\.reason) }
}

/// Waits until the condition holds; fails after a time that no machine is too busy for.
func eventually(
    _ what: Comment,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async -> Bool
) async throws {
    for _ in 0..<3_000 {
        if await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("never: \(what)", sourceLocation: sourceLocation)
    throw CancellationError()
}
