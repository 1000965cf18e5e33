import NIOCore
import OverlayCore
import Testing

@testable import OverlayMesh

@Suite("back-pressure", .timeLimit(.minutes(2)))
struct BackPressureTests {
    private let token = ClusterToken.random()
    private let message = MeshMessage.entries([
        ReplicatedEntry(
            key: .init(kind: .network, name: [1]),
            version: 1,
            value: [UInt8](repeating: 7, count: 60_000)
        )
    ])

    /// A member that has connected and reads nothing more, and the peer's number of the connection.
    private func deafMember(of transport: MeshTransport) async throws -> (stranger: Stranger, id: ConnectionID) {
        let stranger = try await Stranger.member(of: token, to: transport.place)
        try await eventually("it is open") { await transport.connections.values.contains { $0.peer != nil } }
        try await stranger.channel.setOption(.autoRead, value: false).get()
        return (stranger, try #require(await transport.connections.keys.first))
    }

    @Test func `what waits for a peer that does not read is bounded`() async throws {
        var peer = try TestPeer(1, token: token)
        peer.limits.pendingBytes = 1 << 20
        try await withRunning([peer]) { transports in
            let transport = transports[0]
            let (_, id) = try await deafMember(of: transport)
            var isOpen = true
            // More than the kernel's buffers of both ends take.
            for _ in 0..<2_000 where isOpen {
                await transport.send(message, on: id)
                await transport.flush()
                let connection = await transport.connections[id]
                isOpen = connection != nil
                #expect(connection?.pendingByteCount ?? 0 <= 1 << 20)
            }
            #expect(!isOpen)
            #expect(await transport.counters.stalled == 1)
        }
    }

    @Test func `a peer that takes nothing for long is given up`() async throws {
        var peer = try TestPeer(1, token: token)
        peer.limits.stallTimeout = .milliseconds(50)
        peer.limits.pendingBytes = 64 << 20
        try await withRunning([peer]) { transports in
            let transport = transports[0]
            let (_, id) = try await deafMember(of: transport)
            // Until the kernel takes no more, and then as much as makes the channel say so.
            for _ in 0..<2_000 {
                guard await transport.connections[id]?.unwritableSince == nil else { break }
                await transport.send(message, on: id)
                await transport.flush()
            }
            try await eventually("it is given up") { await transport.connections[id] == nil }
            #expect(await transport.counters.stalled == 1)
        }
    }

    @Test func `when it stops its connections are closed and its port is free`() async throws {
        let peer = try TestPeer(1, token: token)
        let (stranger, place) = try await withRunning([peer]) { transports in
            let place = await transports[0].place
            let stranger = try await Stranger.member(of: token, to: place)
            try await eventually("it is open") { await transports[0].connections.values.contains { $0.peer != nil } }
            return (stranger, place)
        }
        await stranger.closed()
        var again = try TestPeer(2, token: token)
        again.port = Int(place.port)
        try await withRunning([again]) { transports in
            #expect(await transports[0].place == place)
        }
    }
}
