import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOSSL
import Netlink

/// A client of the server that is measured.
struct APIBenchClient: Sendable {
    private let client: HTTPClient
    private let address: String
    /// How long the server took to be ready.
    let start: Duration

    /// Waits until the server is ready.
    static func ready(_ port: Int, _ folder: Folder) async throws -> APIBenchClient {
        let begin = ContinuousClock.now
        let authority = folder.path + "/state/pki/ca.crt"
        while access(authority, R_OK) != 0 { try await Task.sleep(for: .milliseconds(5)) }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(authority)
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4_096
        let client = HTTPClient(configuration: configuration)
        let address = "https://127.0.0.1:\(port)"
        while true {
            var request = HTTPClientRequest(url: address + "/readyz")
            request.headers.add(name: "Authorization", value: "Bearer bench")
            if let answer = try? await client.execute(request, timeout: .seconds(5)), answer.status == .ok { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        return APIBenchClient(client: client, address: address, start: .now - begin)
    }

    /// Sends a request, and returns how many bytes the answer had.
    @discardableResult
    func send(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        accept: String = "application/json"
    ) async throws -> Int {
        var count = 0
        try await send(method, path, body, accept: accept) { count += $0.readableBytes }
        return count
    }

    /// Sends a request, and returns the `resourceVersion` of the object that is the answer.
    func version(_ method: String, _ path: String, _ body: String) async throws -> String {
        var text: [UInt8] = []
        try await send(method, path, body) { text.append(contentsOf: $0.readableBytesView) }
        guard let found = text.firstRange(of: Array(#""resourceVersion":""#.utf8)) else { return "" }
        return String(decoding: text[found.upperBound...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }

    private func send(
        _ method: String,
        _ path: String,
        _ body: String?,
        accept: String = "application/json",
        _ take: (ByteBuffer) -> Void
    ) async throws {
        var request = HTTPClientRequest(url: address + path)
        request.method = HTTPMethod(rawValue: method)
        request.headers.add(name: "Authorization", value: "Bearer bench")
        request.headers.add(name: "Accept", value: accept)
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        let answer = try await client.execute(request, timeout: .seconds(60))
        for try await piece in answer.body { take(piece) }
        guard answer.status.code < 300 else {
            throw Program.Failure(command: "\(method) \(path)", status: Int32(answer.status.code), output: "")
        }
    }

    /// Tells the name of each object that a watch tells of, until the task is cancelled.
    func watch(_ path: String, _ body: (String) -> Void) async throws {
        var request = HTTPClientRequest(url: address + path)
        request.headers.add(name: "Authorization", value: "Bearer bench")
        let answer = try await client.execute(request, deadline: .distantFuture)
        let marker = Array(#""name":""#.utf8)
        for try await piece in answer.body {
            // Events are small and come in pieces of their own.
            for line in piece.readableBytesView.split(separator: UInt8(ascii: "\n")) {
                guard let found = line.firstRange(of: marker) else { continue }
                body(String(decoding: line[found.upperBound...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self))
            }
        }
    }

    /// Closes all connections.
    func shutdown() async throws {
        try await client.shutdown()
    }
}

/// A folder that goes with its owner.
final class Folder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/trama-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Program.Failure(command: "mkdtemp", status: errno, output: "") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        _ = try? Program.run(["rm", "-rf", path], in: .current())
    }

    func write(_ name: String, _ text: String) throws {
        let file = fopen("\(path)/\(name)", "w")
        guard let file else { throw Program.Failure(command: "fopen \(name)", status: errno, output: "") }
        fputs(text, file)
        fclose(file)
    }

    static func read(_ path: String) throws -> String {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw Program.Failure(command: "open \(path)", status: errno, output: "") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
