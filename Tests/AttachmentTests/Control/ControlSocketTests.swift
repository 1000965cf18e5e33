import FolderTesting
import Glibc
import Testing

@testable import Attachment

@Suite struct ControlSocketTests {
    private let folder = TestFolder(in: "/dev/shm")
    private var path: String { folder.path("sock") }

    /// Runs `body` beside a server.
    private func serving<Result: Sendable>(
        _ handler: @escaping ControlServer.Handler,
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        let server = try ControlServer(path: path, handler: handler)
        let task = Task { await server.run() }
        defer { task.cancel() }
        return try await body()
    }

    /// Asks on a thread that may block.
    private static func ask(_ path: String, _ request: ControlRequest) async throws -> ControlResponse {
        try await BlockingThread().run { try ControlClient(path: path).ask(request, timeout: .seconds(30)) }
    }

    @Test func `requests are answered, several at a time`() async throws {
        let path = path
        let handler: ControlServer.Handler = { request in
            guard case .command(let command) = request else { return .failed(AttachmentError(.refused, "no")) }
            return .done(command.arguments.joined())
        }
        try await serving(handler) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let answer = try await Self.ask(path, .command(ControlCommand("say", ["\(number)"])))
                        #expect(answer == .done("\(number)"))
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `an answer of megabytes arrives whole`() async throws {
        let path = path
        let text = String(repeating: "0123456789abcdef", count: 1 << 18)
        let answer = try await serving({ _ in .done(text) }, { try await Self.ask(path, .ready) })
        #expect(answer == .done(text))
    }

    @Test func `the daemon's refusal is thrown`() async throws {
        let path = path
        let refusal = AttachmentError(.noAddressLeft, "none", details: "at all")
        await #expect(throws: refusal) {
            try await serving({ _ in .failed(refusal) }, { try await Self.ask(path, .ready) })
        }
    }

    @Test func `the socket is root's alone`() async throws {
        let path = path
        try await serving({ _ in .done("") }) {
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test func `a second daemon on one socket is refused, and does the first no harm`() async throws {
        let path = path
        try await serving({ _ in .done("first") }) {
            #expect(throws: AttachmentError.self) {
                _ = try ControlServer(path: path, handler: { _ in .done("second") })
            }
            let answer = try await Self.ask(path, .ready)
            #expect(answer == .done("first"))
        }
    }

    @Test func `the socket of a daemon that was killed is taken over`() async throws {
        let path = path
        let dead = FileDescriptor(owning: socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
        #expect(UnixSocket.withAddress(path) { bind(dead.number, $0, $1) } == 0)
        #expect(try await serving({ _ in .done("") }, { try await Self.ask(path, .ready) }) == .done(""))
    }

    @Test func `without a daemon the client says so at once`() async throws {
        let path = path
        await #expect {
            try await Self.ask(path, .ready)
        } throws: {
            ($0 as? AttachmentError)?.code == .tryAgainLater
        }
    }

    @Test func `a daemon that stops while it works ends the connection`() async throws {
        let path = path
        let taken = AsyncStream.makeStream(of: Void.self)
        let server = try ControlServer(path: path) { _ in
            taken.continuation.yield()
            try? await Task.sleep(for: .seconds(60))
            return .done("late")
        }
        let task = Task { await server.run() }
        let asking = Task { try await Self.ask(path, .ready) }
        for await _ in taken.stream { break }
        task.cancel()
        await #expect(throws: AttachmentError.self) { try await asking.value }
    }

    @Test(arguments: ["nonsense\n", "{\"fly\":1}\n", "\n", "{\"ready\":true} {}\n"])
    func `what is no request is refused, and the daemon goes on`(line: String) async throws {
        let path = path
        try await serving({ _ in .done("good") }) {
            let answer = try await BlockingThread().run { try Self.talk(path, Array(line.utf8)) }
            #expect(answer.contains("\"failed\""), "\(answer)")
            let good = try await Self.ask(path, .ready)
            #expect(good == .done("good"))
        }
    }

    @Test func `a request without end is refused at 1 MiB`() async throws {
        let path = path
        try await serving({ _ in .done("good") }) {
            let endless = [UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20)
            let answer = try await BlockingThread().run { try Self.talk(path, endless) }
            #expect(answer.isEmpty || answer.contains("longer"), "\(answer)")
            let good = try await Self.ask(path, .ready)
            #expect(good == .done("good"))
        }
    }

    @Test func `clients that say nothing do not keep others out`() async throws {
        let path = path
        try await serving({ _ in .done("good") }) {
            let silent = try (0..<(ControlLoop.connectionLimit - 4)).map { _ in try Idle(path) }
            let good = try await Self.ask(path, .ready)
            #expect(good == .done("good"))
            withExtendedLifetime(silent) {}
        }
    }

    /// A connection over which nothing is said.
    private final class Idle {
        private let socket: FileDescriptor

        init(_ path: String) throws { socket = try ControlSocketTests.connect(path) }
    }

    private static func connect(_ path: String) throws -> FileDescriptor {
        let number = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let socket = FileDescriptor(owning: number)
        try #require(UnixSocket.withAddress(path) { Glibc.connect(number, $0, $1) } == 0)
        return socket
    }

    /// Sends bytes as they are; everything that comes back.
    private static func talk(_ path: String, _ bytes: [UInt8]) throws -> String {
        let socket = try connect(path)
        signal(SIGPIPE, SIG_IGN)
        _ = socket.writeAll(bytes)
        return String(decoding: socket.readAll(limit: 1 << 20) ?? [], as: UTF8.self)
    }
}
