import APIAccess
import AsyncHTTPClient
import Glibc
import KubeletServer
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SeededTesting
import Synchronization
import Testing

/// The server over TLS, asked by a real client.
@Suite(.timeLimit(.minutes(3))) struct KubeletServerTests {
    @Test func `only the API server and administrators are answered`() async throws {
        try await TestKubelet.run(TestPods(logs: ["default/web/app": MemoryLog(["one"])])) { kubelet in
            for (purpose, status) in [
                (nil, 401),
                (.client(user: "jane", groups: ["dev"]), 403),
                (.node(name: "node-2", addresses: []), 403),
                (.client(user: "kube-apiserver-kubelet-client", groups: []), 200),
                (.client(user: "root", groups: ["system:masters"]), 200),
            ] as [(CertificateAuthority.Purpose?, Int)] {
                try await kubelet.withClient(purpose) { client in
                    for path in ["/healthz", "/pods", "/metrics", "/containerLogs/default/web/app"] {
                        let answer = try await kubelet.get(path, client)
                        #expect(answer.status == status, "\(path) \(status)")
                    }
                }
            }
            // A certificate of another authority does not get that far.
            var tls = try TestAuthority().clientTLS(.client(user: "root", groups: ["system:masters"]))
            tls.trustRoots = try kubelet.authority.clientTLS(nil).trustRoots
            let stranger = HTTPClient(configuration: HTTPClient.Configuration(tlsConfiguration: tls))
            await #expect(throws: (any Error).self) { _ = try await kubelet.get("/healthz", stranger) }
            try await stranger.shutdown()
        }
    }

    @Test func `health is told with TLS and without`() async throws {
        try await TestKubelet.run(TestPods()) { kubelet in
            try await kubelet.withClient { client in
                #expect(try await kubelet.get("/healthz", client) == (200, "ok"))
                let plain = "http://127.0.0.1:\(kubelet.healthPort)/healthz"
                let answer = try await client.execute(HTTPClientRequest(url: plain), timeout: .seconds(30))
                #expect(answer.status == .ok)
                kubelet.pods.fail("no disk")
                #expect(try await kubelet.get("/healthz", client) == (500, "no disk\n"))
                let failed = try await client.execute(HTTPClientRequest(url: plain), timeout: .seconds(30))
                #expect(failed.status == .internalServerError)
                #expect(try await kubelet.get("/metrics", client).text.contains("kubelet_http_requests_total{"))
                #expect(try await kubelet.get("/pods", client).text.contains(#""kind":"PodList""#))
                #expect(try await kubelet.get("/nothing", client).status == 404)
                #expect(try await kubelet.get("/portForward/default/web", client).text.contains("trama lab exec"))
            }
        }
    }

    @Test func `a log is told as far as it goes, and followed as it grows`() async throws {
        let log = MemoryLog(["one", "two", "three"])
        let former = MemoryLog(["before"])
        try await TestKubelet.run(TestPods(logs: ["d/web/app": log, "d/web/app/previous": former])) { kubelet in
            try await kubelet.withClient { client in
                let path = "/containerLogs/d/web/app"
                #expect(try await kubelet.get(path, client) == (200, "one\ntwo\nthree\n"))
                #expect(try await kubelet.get("\(path)?tailLines=1", client) == (200, "three\n"))
                #expect(try await kubelet.get("\(path)?limitBytes=5", client) == (200, "one\nt"))
                #expect(try await kubelet.get("\(path)?previous=true", client) == (200, "before\n"))
                #expect(try await kubelet.get("/containerLogs/d/other/app", client).status == 404)

                let request = HTTPClientRequest(url: "https://127.0.0.1:\(kubelet.port)\(path)?follow=true&tailLines=0")
                let response = try await client.execute(request, timeout: .seconds(60))
                #expect(response.status == .ok)
                // The head is there before a line is.
                #expect(await eventually { log.followers == 1 })
                log.print("four")
                var body = response.body.makeAsyncIterator()
                #expect(try await body.next().map { String(buffer: $0) } == "four\n")
                log.end()
                #expect(try await body.next() == nil)
            }
        }
    }

    @Test func `a client that goes away ends the reading`() async throws {
        let log = MemoryLog(["one"])
        try await TestKubelet.run(TestPods(logs: ["d/web/app": log])) { kubelet in
            try await kubelet.withClient { client in
                let url = "https://127.0.0.1:\(kubelet.port)/containerLogs/d/web/app?follow=true"
                _ = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(60))
                #expect(await eventually { log.followers == 1 })
            }
            #expect(await eventually { log.followers == 0 })
        }
    }

    @Test func `what is no request is not answered, and does no harm`() async throws {
        var random = SeededGenerator()
        var limits = KubeletLimits()
        limits.firstRequestTimeout = .seconds(1)
        try await TestKubelet.run(TestPods(), limits: limits) { kubelet in
            let good = Array(
                "GET /exec/d/web/app?command=ls&output=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n"
                    .utf8
            )
            for round in 0..<60 {
                var bytes = good
                for _ in 0..<Int.random(in: 0..<30, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8(truncatingIfNeeded: random.next())
                }
                bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
                // A WebSocket that was begun gets frames of chance.
                if round % 3 == 0 { bytes = good }
                for _ in 0..<Int.random(in: 0..<200, using: &random) {
                    bytes.append(UInt8(truncatingIfNeeded: random.next()))
                }
                try await send(bytes, to: kubelet)
            }
            // Bytes that are not even TLS.
            let plain = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: kubelet.port).get()
            try? await plain.writeAndFlush(ByteBuffer(bytes: good))
            try? await plain.closeFuture.get()
            try await kubelet.withClient { client in
                let answer = try await kubelet.get("/healthz", client)
                #expect(answer == (200, "ok"), "\(random)")
            }
            #expect(await eventually { kubelet.pods.sessions.withLock { $0.allSatisfy(\.hasEnded) } })
        }
    }

    /// Sends bytes over TLS, and goes when the server has closed or a moment has passed.
    private func send(_ bytes: [UInt8], to kubelet: TestKubelet) async throws {
        var tls = try kubelet.authority.clientTLS(.client(user: "root", groups: ["system:masters"]))
        tls.certificateVerification = .noHostnameVerification
        let context = try NIOSSLContext(configuration: tls)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: nil)
                    )
                }
            }
            .connect(host: "127.0.0.1", port: kubelet.port).get()
        let moment = channel.eventLoop.scheduleTask(in: .milliseconds(50)) { channel.close(mode: .all, promise: nil) }
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        try? await channel.closeFuture.get()
        moment.cancel()
    }

    @Test func `a connection that asks for nothing is closed`() async throws {
        var limits = KubeletLimits()
        limits.firstRequestTimeout = .milliseconds(100)
        try await TestKubelet.run(TestPods(), limits: limits) { kubelet in
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: kubelet.port).get()
            try await channel.closeFuture.get()
        }
    }

    @Test func `there is an end to connections`() async throws {
        var limits = KubeletLimits()
        limits.connections = 2
        try await TestKubelet.run(TestPods(), limits: limits) { kubelet in
            var held: [any Channel] = []
            for _ in 0..<2 {
                held.append(
                    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                        .connect(host: "127.0.0.1", port: kubelet.port).get()
                )
            }
            let third = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: kubelet.port).get()
            try await third.closeFuture.get()
            for channel in held { try await channel.close() }
            try await kubelet.withClient { client in
                let works = await eventually { (try? await kubelet.get("/healthz", client).status) == 200 }
                #expect(works)
            }
        }
    }
}
