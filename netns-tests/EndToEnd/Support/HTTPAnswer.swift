import Addressing
import Glibc
import Netlink

/// What an HTTP server said.
struct HTTPAnswer: Sendable {
    var status: Int
    /// In the order they came, as `Name: value`.
    var headers: [String]
    var body: String

    /// Reads an answer that ended with its connection.
    init?(_ text: String) {
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        guard let first = lines.first?.split(separator: " "), first.count >= 2, let status = Int(first[1]) else {
            return nil
        }
        self.status = status
        headers = lines.dropFirst().map { String($0) }
        body = String(text[end.upperBound...])
    }

    /// The names of the headers, in order.
    var headerNames: [String] { headers.compactMap { $0.split(separator: ":").first.map { String($0) } } }

    /// Asks a server from inside a host.
    static func get(_ path: String, from server: SocketAddress, on host: Host) async throws -> HTTPAnswer {
        let socket = try TestSocket(.tcp, server.address.family, in: host.namespace)
        let text = try await HTTPAsker().ask(socket, server, path)
        guard let answer = HTTPAnswer(text) else {
            throw NetlinkError(operation: "read the answer \(text)", errno: EPROTO)
        }
        return answer
    }
}

/// The thread of one request.
private actor HTTPAsker {
    private let executor = ThreadExecutor(name: "http")

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func ask(_ socket: TestSocket, _ server: SocketAddress, _ path: String) throws(NetlinkError) -> String {
        try socket.setTimeout(.seconds(10))
        try socket.connect(to: server)
        try socket.send("GET \(path) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", to: nil)
        var text = ""
        while true {
            let part = try socket.receive().text
            if part.isEmpty { return text }
            text += part
        }
    }
}
