import Logging
import ServiceLifecycle
import Testing

@testable import Observability

@Suite(.timeLimit(.minutes(1))) struct StatusServiceTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func service(on address: ListenAddress) -> StatusService {
        StatusService(name: "test", addresses: [address], logger: logger) { _ in .text("ok") }
    }

    @Test("it serves until shutdown, and then frees the port") func shutdown() async throws {
        let (starts, continuation) = AsyncStream.makeStream(of: ListenAddress.self)
        var service = service(on: ListenAddress(host: "127.0.0.4", port: 0))
        service.didStart = { continuation.yield($0[0]) }
        let group = ServiceGroup(services: [service], logger: logger)
        async let run: Void = group.run()
        var iterator = starts.makeAsyncIterator()
        let address = try #require(await iterator.next())
        #expect(try await exchange(address, "GET / HTTP/1.0\r\n\r\n").hasSuffix("ok"))
        await group.triggerGracefulShutdown()
        try await run
        let again = try await StatusServer.start(on: [address]) { _ in .notFound }
        await again.close()
    }

    @Test("it tries again until the address is free") func retry() async throws {
        let blocker = try await StatusServer.start(on: [ListenAddress(host: "127.0.0.5", port: 0)]) { _ in .notFound }
        let (events, continuation) = AsyncStream.makeStream(of: Bool.self)
        var service = service(on: blocker.addresses[0])
        service.retryInterval = .milliseconds(1)
        service.didStart = { _ in continuation.yield(true) }
        service.didFail = { _ in continuation.yield(false) }
        let group = ServiceGroup(services: [service], logger: logger)
        async let run: Void = group.run()
        var iterator = events.makeAsyncIterator()
        #expect(await iterator.next() == false)
        await blocker.close()
        while let started = await iterator.next(), !started {}
        await group.triggerGracefulShutdown()
        try await run
    }

    @Test("it ends with the error where it must not try again") func failsHard() async throws {
        let blocker = try await StatusServer.start(on: [ListenAddress(host: "127.0.0.1", port: 0)]) { _ in .notFound }
        var hard = service(on: blocker.addresses[0])
        hard.failsHard = true
        let service = hard
        await #expect(throws: ListenError.self) { try await service.run() }
        await blocker.close()
    }
}
