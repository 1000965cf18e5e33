import FolderTesting
import SeededTesting
import NIOCore
import OverlayCore
import Testing

@testable import OverlayMesh

@Suite("mesh transport", .timeLimit(.minutes(2)))
struct MeshTransportTests {
    private let token = ClusterToken.random()

    private func peers(_ count: UInt64) throws -> [TestPeer] { try (1...count).map { try TestPeer($0, token: token) } }

    private func network(_ number: UInt8) -> ReplicatedEntry {
        ReplicatedEntry(key: .init(kind: .network, name: [number]), version: 1, value: [number])
    }

    /// Waits until each of the transports knows so many members.
    private func eventuallyKnow(_ count: Int, _ transports: [MeshTransport]) async throws {
        for transport in transports {
            try await eventually("it knows \(count) members") { await transport.node.mesh.members.count == count }
        }
    }

    @Test func `two peers of one token know each other`() async throws {
        try await withRunning(peers(2)) { transports in
            await transports[0].connect([transports[1].place])
            try await eventuallyKnow(2, transports)
            #expect(await transports[0].node.mesh.connections.map(\.state) == [.established])
            #expect(await transports[0].status().refusals.isEmpty)
        }
    }

    @Test func `a place that is named before it listens is connected to`() async throws {
        let peers = try peers(2)
        try await withRunning([peers[0]]) { transports in
            let place = await transports[0].place
            let early = try peers[1].transport()
            await early.connect([place])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await early.run() }
                try await eventuallyKnow(2, [transports[0], early])
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test func `peers that were told of one find all`() async throws {
        try await withRunning(peers(5)) { transports in
            let first = await transports[0].place
            for transport in transports.dropFirst() { await transport.connect([first]) }
            try await eventuallyKnow(5, transports)
        }
    }

    @Test func `what one publishes the others are told of`() async throws {
        try await withRunning(peers(3)) { transports in
            let (first, last) = (transports[0], transports[2])
            await first.connect([transports[1].place])
            await last.connect([transports[1].place])
            await first.publish([network(7)])
            var isTold = false
            for await _ in last.changes {
                isTold = await last.takeChanges().keys.contains(network(7).key)
                if isTold { break }
            }
            #expect(isTold)
            #expect(await last.node.mesh.entry(network(7).key) == network(7))
        }
    }

    @Test func `what is known survives a restart, with the others gone`() async throws {
        let peers = try peers(2)
        try await withRunning(peers) { transports in
            await transports[0].connect([transports[1].place])
            await transports[0].publish([network(1)])
            try await eventually("the other has it") {
                await transports[1].node.mesh.entry(network(1).key) != nil
            }
        }
        for peer in peers {
            try await withRunning([peer]) { transports in
                #expect(await transports[0].node.mesh.entry(network(1).key) == network(1))
                #expect(await Set(transports[0].node.mesh.members.keys) == Set(peers.map(\.id)))
            }
        }
    }

    @Test func `an entry is on the disk before another peer has it`() async throws {
        let peers = try peers(2)
        try await withRunning(peers) { transports in
            await transports[0].connect([transports[1].place])
            try await eventuallyKnow(2, transports)
            for number in 1...20 as ClosedRange<UInt8> {
                await transports[0].publish([network(number)])
                try await eventually("the other has it") {
                    await transports[1].node.mesh.entry(network(number).key) != nil
                }
                #expect(transports[0].store.entries.contains(network(number)))
            }
        }
    }

    @Test func `a peer of another cluster is refused, and both sides say which`() async throws {
        var peers = try peers(2)
        peers[1].mesh.cluster = "blue"
        try await withRunning(peers) { transports in
            await transports[0].connect([transports[1].place])
            for transport in transports {
                try await eventually("it names the cluster") {
                    await transport.refusalReasons.contains { $0.contains("blue") && $0.contains("test") }
                }
                #expect(await transport.node.mesh.members.count == 1)
            }
        }
    }

    @Test func `a peer that is too old is refused, and both sides say so`() async throws {
        var peers = try peers(2)
        peers[1].mesh.protocolVersions = 2...3
        try await withRunning(peers) { transports in
            await transports[0].connect([transports[1].place])
            for transport in transports {
                try await eventually("it names the version") {
                    await transport.refusalReasons.contains { $0.contains("version") }
                }
                #expect(await transport.node.mesh.members.count == 1)
            }
        }
    }

    @Test func `a member that sends garbage loses its connection and nobody else`() async throws {
        try await withRunning(peers(2)) { transports in
            await transports[0].connect([transports[1].place])
            try await eventuallyKnow(2, transports)
            let stranger = try await Stranger.member(of: token, to: transports[0].place)
            await stranger.send([0, 0, 0, 2, 1, 0xff])
            await stranger.closed()
            #expect(await transports[0].counters.malformed == 1)
            try await eventuallyKnow(2, transports)
        }
    }

    @Test func `members that send noise disturb nobody`() async throws {
        var generator = SeededGenerator()
        try await withRunning(peers(2)) { transports in
            await transports[0].connect([transports[1].place])
            try await eventuallyKnow(2, transports)
            let open = await transports[0].connections.keys
            for _ in 0..<20 {
                let stranger = try await Stranger.member(of: token, to: transports[0].place)
                for _ in 0..<5 {
                    let count = UInt32.random(in: 1...200, using: &generator)
                    let noise = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                    // One of the messages there are, with anything in it.
                    let kind = UInt8.random(in: 0...9, using: &generator)
                    await stranger.send([0, 0, 0, UInt8(count) + 1, kind] + noise)
                }
                stranger.channel.close(promise: nil)
                await stranger.closed()
            }
            let stillOpen = await transports[0].connections.keys
            #expect(open.allSatisfy { stillOpen.contains($0) }, "\(generator)")
            #expect(await transports[0].node.mesh.members.count == 2, "\(generator)")
        }
    }

    @Test func `of two with one identity the younger loses it`() async throws {
        var older = try TestPeer(1, token: token)
        var younger = try TestPeer(1, token: token)
        var witness = try TestPeer(2, token: token)
        // What is seen three times is alive; let that be soon.
        older.mesh.digestInterval = .milliseconds(200)
        younger.mesh.digestInterval = .milliseconds(200)
        witness.mesh.digestInterval = .milliseconds(200)
        younger.mesh.minimumBackoff = .milliseconds(50)
        younger.mesh.maximumBackoff = .milliseconds(100)
        try await withRunning([older, witness]) { transports in
            let place = await transports[1].place
            await transports[0].connect([place])
            try await eventuallyKnow(2, transports)
            var configuration = try younger.transport().configuration
            configuration.own.started = transports[0].configuration.own.started + 10
            configuration.targets = [place]
            let clone = try MeshTransport(
                configuration: configuration,
                store: MeshStore(folder: StateFolder(path: younger.folder.path)),
                logger: transports[0].logger
            )
            await #expect(throws: IdentityLost.self) { try await clone.run() }
            try await eventuallyKnow(2, transports)
        }
    }

    @Test func `a connection that breaks is made again`() async throws {
        try await withRunning(peers(2)) { transports in
            await transports[0].connect([transports[1].place])
            try await eventuallyKnow(2, transports)
            let first = await transports[0].connections.keys
            for connection in await transports[0].connections.values { try await connection.channel.close() }
            try await eventually("there is another one") {
                let connections = await transports[0].connections
                return connections.values.contains { $0.peer != nil }
                    && !connections.keys.contains { first.contains($0) }
            }
        }
    }
}
