import Glibc
import NIOCore
import NIOSSL
import Observability
import OverlayCore
import Testing

@testable import OverlayMesh

@Suite("strangers", .timeLimit(.minutes(2)))
struct StrangerTests {
    private let token = ClusterToken.random()

    @Test func `with another token both sides say so`() async throws {
        let peers = [try TestPeer(1, token: token), try TestPeer(2, token: .random())]
        try await withRunning(peers) { transports in
            let (dialler, listener) = (transports[0], transports[1])
            let place = await listener.place
            await dialler.dial(place)
            for transport in transports {
                try await eventually("it tells of the token") {
                    await transport.refusalReasons.contains { $0.contains("its token differs from ours") }
                }
                #expect(await transport.connections.isEmpty)
            }
            #expect(await dialler.counters.wrongTokens == 1)
            #expect(await dialler.refusals.first?.address == place.address)
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", "it speaks HTTP"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "it does not speak TLS"),
        ("\u{0}\u{0}\u{0}\u{5}hello", "it does not speak TLS"),
    ])
    func `what is not TLS is closed and named`(text: String, reason: String) async throws {
        try await withRunning([TestPeer(1, token: token)]) { transports in
            let stranger = try await Stranger.plain(to: transports[0].place)
            await stranger.send(Array(text.utf8))
            await stranger.closed()
            try await eventually("it is counted") { await transports[0].counters.failedHandshakes == 1 }
            #expect(await transports[0].refusalReasons.first?.hasPrefix(reason) == true)
        }
    }

    @Test func `nobody gets in without a certificate`() async throws {
        try await withRunning([TestPeer(1, token: token)]) { transports in
            let stranger = try await Stranger.tls({ _ in }, to: transports[0].place)
            await stranger.send([0, 0, 0, 1, 0])
            await stranger.closed()
            try await eventually("it is counted") { await transports[0].counters.failedHandshakes == 1 }
            #expect(await transports[0].refusalReasons == ["it shows no certificate: it is not a peer"])
            #expect(await transports[0].counters.messagesReceived == 0)
        }
    }

    @Test func `TLS 1.2 is too old`() async throws {
        try await withRunning([TestPeer(1, token: token)]) { transports in
            let stranger = try await Stranger.tls({ $0.maximumTLSVersion = .tlsv12 }, to: transports[0].place)
            await stranger.closed()
            try await eventually("it is counted") { await transports[0].counters.failedHandshakes == 1 }
            #expect(await transports[0].refusalReasons == ["it does not speak TLS 1.3: it is not a peer"])
        }
    }

    @Test func `who says nothing is closed`() async throws {
        var peer = try TestPeer(1, token: token)
        peer.limits.handshakeTimeout = .milliseconds(100)
        try await withRunning([peer]) { transports in
            let stranger = try await Stranger.plain(to: transports[0].place)
            await stranger.closed()
            #expect(await transports[0].refusalReasons.first?.hasPrefix("no TLS handshake within") == true)
            #expect(await transports[0].connections.isEmpty)
        }
    }

    @Test func `of strangers that hold connections only so many are kept`() async throws {
        var peer = try TestPeer(1, token: token)
        peer.limits.handshakesPerAddress = 2
        try await withRunning([peer]) { transports in
            let place = await transports[0].place
            let kept = [try await Stranger.plain(to: place), try await Stranger.plain(to: place)]
            try await eventually("both are accepted") { await transports[0].connections.count == 2 }
            let surplus = try await Stranger.plain(to: place)
            await surplus.closed()
            #expect(await transports[0].counters.surplus == 1)
            for stranger in kept { #expect(stranger.channel.isActive) }
        }
    }

    @Test func `connections beyond the rate wait and are accepted later`() async throws {
        var peer = try TestPeer(1, token: token)
        peer.limits.acceptBurst = 2
        peer.limits.acceptInterval = .milliseconds(50)
        try await withRunning([peer]) { transports in
            let place = await transports[0].place
            var strangers: [Stranger] = []
            for _ in 0..<5 { strangers.append(try await Stranger.plain(to: place)) }
            try await eventually("all are accepted") { await transports[0].connections.count == 5 }
            #expect(await transports[0].counters.surplus == 0)
        }
    }

    @Test(
        arguments: [
            [0, 0x10, 0, 1],  // one more than 1 MiB
            [0, 0, 0, 0],
            [0xff, 0xff, 0xff, 0xff],
        ] as [[UInt8]]
    )
    func `a member that sends no frames loses that connection alone`(bytes: [UInt8]) async throws {
        try await withRunning([TestPeer(1, token: token)]) { transports in
            let place = await transports[0].place
            let other = try await Stranger.member(of: token, to: place)
            let stranger = try await Stranger.member(of: token, to: place)
            await stranger.send(bytes)
            await stranger.closed()
            #expect(await transports[0].counters.malformed == 1)
            #expect(other.channel.isActive)
        }
    }

    @Test func `a port in use is named, with what to do`() async throws {
        try await withRunning([TestPeer(1, token: token)]) { transports in
            var second = try TestPeer(2, token: token)
            second.port = Int(await transports[0].place.port)
            let transport = try second.transport()
            let error = await #expect(throws: ListenError.self) { try await transport.run() }
            #expect(error?.errno == EADDRINUSE)
            #expect(error?.description.contains("another process has the port") == true)
        }
    }

    @Test func `a place where nobody listens is told with the reason`() async throws {
        let peer = try TestPeer(1, token: token)
        let place = try await withRunning([peer]) { await $0[0].place }
        var dialler = try TestPeer(2, token: token)
        dialler.targets = [place]
        try await withRunning([dialler]) { transports in
            try await eventually("it is told") {
                await transports[0].node.mesh.connections.contains { $0.detail.contains("nothing listens there") }
            }
        }
    }
}
