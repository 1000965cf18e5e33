import Addressing
import Glibc
import Netlink
import Synchronization

/// The little of a kube-apiserver that a proxy asks for: lists of a state that a test sets, and watches that a test feeds.
///
/// It listens on every IPv4 address of a host. Streaming lists are refused, as by servers before Kubernetes 1.32.
final class ScriptedAPIServer: Sendable {
    /// A request as it came.
    struct Request: Sendable {
        /// `GET /api/v1/services?…`, with percent signs decoded.
        var line: String
        var headers: String
        /// What came after the headers.
        var body = ""
        var isWatch: Bool { line.contains("watch=true") }

        /// The path without the query.
        var path: String {
            let target = line.split(separator: " ").dropFirst().first ?? ""
            return String(target.prefix { $0 != "?" })
        }
    }

    /// What a PATCH changes.
    struct Change: Sendable {
        /// What lists of the paths answer from now on.
        var lists: [String: String] = [:]
        /// A line to every watch of a path that began at an earlier version, also to those that are yet to come.
        var events: [(event: String, path: String, version: Int)] = []
    }

    /// Carries a PATCH out; nil where there is no such object.
    typealias Patcher = @Sendable (Request) -> Change?

    fileprivate enum Command: Sendable {
        /// A line to every watch of a path.
        case event(String, path: String)
        /// The beginning of a line to every watch of a path, and the end of those connections.
        case breakOff(String, path: String)
    }

    fileprivate struct State: Sendable {
        var lists: [String: String] = [:]
        var requests: [Request] = []
        var commands: [Command] = []
        var watches: [String: Int] = [:]
        var patcher: Patcher?
    }

    fileprivate final class Shared: Sendable {
        let state = Mutex(State())
    }

    let port: UInt16
    private let shared = Shared()
    private let wake: WakeEvent
    private let stop: WakeEvent

    init(on host: Host) throws(NetlinkError) {
        let listener = try TestSocket(.tcp, .ipv4, in: host.namespace)
        try listener.bind(port: 0)
        try listener.listen()
        port = try listener.localPort()
        wake = try WakeEvent()
        stop = try WakeEvent()
        let worker = APIServerWorker()
        let (shared, wake, stop) = (shared, wake, stop)
        // Ends when the server is released; nobody waits for it.
        Task { await worker.serve(listener, shared, wake: wake, until: stop) }
    }

    deinit {
        stop.signal()
    }

    /// Every request so far.
    var requests: [Request] { shared.state.withLock { $0.requests } }

    /// What a list of that path answers from now on.
    func set(_ path: String, _ list: String) {
        shared.state.withLock { $0.lists[path] = list }
    }

    /// What becomes of each PATCH from now on.
    func onPatch(_ patcher: @escaping Patcher) {
        shared.state.withLock { $0.patcher = patcher }
    }

    /// Waits until a watch of that path is open.
    func watched(_ path: String) async throws {
        try await eventually("a watch of \(path)") { self.shared.state.withLock { $0.watches[path, default: 0] } > 0 }
    }

    /// Sends one watch event, once there is a watch.
    func send(_ event: String, to path: String) async throws {
        try await watched(path)
        command(.event(event + "\n", path: path))
    }

    /// Sends the beginning of an event and ends the connection.
    func breakOff(_ event: String, to path: String) async throws {
        try await watched(path)
        command(.breakOff(event, path: path))
    }

    private func command(_ command: Command) {
        shared.state.withLock { $0.commands.append(command) }
        wake.signal()
    }
}

/// The thread of the server.
private actor APIServerWorker {
    /// An open connection.
    private struct Connection {
        let socket: TestSocket
        var received = ""
        /// The path that it watches; nil before its request is complete.
        var watched: String?
    }

    private let executor = ThreadExecutor(name: "api server")
    private var connections: [Connection] = []
    /// What PATCHes told, for watches that begin at an earlier version.
    private var past: [(event: String, path: String, version: Int)] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func serve(_ listener: TestSocket, _ shared: ScriptedAPIServer.Shared, wake: WakeEvent, until stop: WakeEvent) {
        while true {
            let descriptors = [stop.fileDescriptor, wake.fileDescriptor, listener.fileDescriptor]
            var polled = (descriptors + connections.map(\.socket.fileDescriptor)).map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            guard poll(&polled, nfds_t(polled.count), -1) >= 0 else { continue }
            guard polled[0].revents == 0 else { return }
            // From the last, since those that end are removed.
            for index in connections.indices.reversed() where polled[index + 3].revents != 0 { read(index, shared) }
            if polled[1].revents != 0 {
                wake.reset()
                for command in shared.state.withLock({ state in
                    defer { state.commands = [] }
                    return state.commands
                }) { carryOut(command) }
            }
            if polled[2].revents != 0, let (socket, _) = try? listener.accept() {
                connections.append(Connection(socket: socket))
            }
            let watches = connections.compactMap(\.watched).reduce(into: [:]) { $0[$1, default: 0] += 1 }
            shared.state.withLock { $0.watches = watches }
        }
    }

    private func carryOut(_ command: ScriptedAPIServer.Command) {
        switch command {
        case .event(let text, let path):
            for connection in connections where connection.watched == path { send(chunk: text, to: connection) }
        case .breakOff(let text, let path):
            for connection in connections where connection.watched == path { send(chunk: text, to: connection) }
            connections.removeAll { $0.watched == path }
        }
    }

    private func send(chunk text: String, to connection: Connection) {
        try? connection.socket.send("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n", to: nil)
    }

    private func read(_ index: Int, _ shared: ScriptedAPIServer.Shared) {
        guard let part = try? connections[index].socket.receive().text, !part.isEmpty else {
            connections.remove(at: index)
            return
        }
        connections[index].received += part
        guard let end = connections[index].received.firstRange(of: "\r\n\r\n"), connections[index].watched == nil else {
            return
        }
        let head = connections[index].received[..<end.lowerBound]
        let line = head.prefix { $0 != "\r\n" }
        let body = connections[index].received[end.upperBound...]
        let headers = String(head.dropFirst(line.count))
        guard body.utf8.count >= Self.bodyLength(headers) else { return }
        let request = ScriptedAPIServer.Request(line: line.percentDecoded, headers: headers, body: String(body))
        let list = shared.state.withLock { state in
            state.requests.append(request)
            return state.lists[request.path]
        }
        let head200 = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        if request.isWatch, !request.line.contains("sendInitialEvents=true"), list != nil {
            try? connections[index].socket.send(head200 + "Transfer-Encoding: chunked\r\n\r\n", to: nil)
            connections[index].watched = request.path
            // Between the list and the watch of it something may have changed.
            for (event, path, version) in past where path == request.path && version > Self.version(of: request) {
                send(chunk: event, to: connections[index])
            }
            return
        }
        let answer: (status: String, body: String) =
            if line.hasPrefix("PATCH") {
                patch(request, shared) ? ("200 OK", "{}") : ("404 Not Found", Self.status(404, "NotFound"))
            } else if line.hasPrefix("POST") {
                ("201 Created", "{}")
            } else if request.isWatch {
                ("422 Unprocessable Entity", Self.status(422, "Invalid"))
            } else if let list {
                ("200 OK", list)
            } else {
                ("404 Not Found", Self.status(404, "NotFound"))
            }
        try? connections[index].socket.send(
            """
            HTTP/1.1 \(answer.status)\r\nContent-Type: application/json\r\nContent-Length: \(answer.body.utf8.count)\r\n\
            Connection: close\r\n\r\n\(answer.body)
            """,
            to: nil
        )
        connections.remove(at: index)
    }

    private func patch(_ request: ScriptedAPIServer.Request, _ shared: ScriptedAPIServer.Shared) -> Bool {
        guard let change = shared.state.withLock({ $0.patcher })?(request) else { return false }
        shared.state.withLock { $0.lists.merge(change.lists) { _, new in new } }
        for (event, path, version) in change.events {
            past.append((event + "\n", path, version))
            carryOut(.event(event + "\n", path: path))
        }
        return true
    }

    /// The version that a watch begins at; without one it begins now.
    private static func version(of request: ScriptedAPIServer.Request) -> Int {
        guard let found = request.line.firstRange(of: "resourceVersion=") else { return .max }
        return Int(request.line[found.upperBound...].prefix(while: \.isNumber)) ?? .max
    }

    /// What `Content-Length` says.
    private static func bodyLength(_ headers: String) -> Int {
        let line = headers.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        return line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
    }

    private static func status(_ code: Int, _ reason: String) -> String {
        #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"\#(reason)","code":\#(code)}"#
    }
}

extension Substring {
    /// The text with `%41` and the like replaced.
    fileprivate var percentDecoded: String {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
