import Addressing
import Glibc
import LabNetwork
import Netlink

/// The echo servers of all pods, on one thread: each answers with the number of its pod and the source that it saw.
final class EchoServers: Sendable {
    private let executor = ThreadExecutor(name: "echo")
    private let stop: WakeEvent

    /// Opens every socket, then begins to answer.
    init(_ listeners: [EchoListener], _ network: TestNetwork) throws(NetlinkError) {
        stop = try WakeEvent()
        var loop = EchoLoop(stop: stop)
        for listener in listeners {
            let socket = try FlowSocket(
                listener.transport,
                listener.address.family,
                in: network.pods[listener.pod].namespace
            )
            try socket.bind(listener.address, port: listener.port)
            if listener.transport != .udp { try socket.listen() }
            loop.add(EchoLoop.Entry(socket: socket, pod: listener.pod, transport: listener.transport, client: nil))
        }
        let complete = loop
        executor.perform {
            var loop = complete
            loop.run()
        }
    }

    deinit {
        stop.signal()
    }

    /// What a server answers.
    static func answer(pod: Int, source: IPAddress) -> [UInt8] { Array("\(pod) \(source)".utf8) }

    /// Reads what a server answered.
    static func read(_ answer: ArraySlice<UInt8>) -> FlowObservation.Answer? {
        let fields = String(decoding: answer, as: UTF8.self).split(separator: " ")
        guard fields.count == 2, let pod = Int(fields[0]), let source = IPAddress(fields[1]) else { return nil }
        return FlowObservation.Answer(pod: pod, source: source)
    }
}

/// The sockets of the servers, and what waits for them.
private struct EchoLoop: Sendable {
    /// A socket to read from.
    struct Entry: Sendable {
        let socket: FlowSocket
        let pod: Int
        let transport: TransportProtocol
        /// The other end of a connection; nil for a socket that takes requests of anybody.
        let client: IPAddress?
    }

    private let stop: WakeEvent
    private var entries: [Entry] = []
    /// What `poll` is asked: an entry for each socket, and the last for `stop`.
    private var polled: [pollfd] = []
    /// Whether a connection could not be taken for want of descriptors or memory.
    private var isShort = false

    init(stop: WakeEvent) {
        self.stop = stop
        polled = [pollfd(fd: stop.fileDescriptor, events: Int16(POLLIN), revents: 0)]
    }

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        polled.insert(
            pollfd(fd: entry.socket.fileDescriptor, events: Int16(POLLIN), revents: 0),
            at: polled.count - 1
        )
    }

    /// Answers until told to stop.
    mutating func run() {
        while true {
            // What could not be taken is still there: without a pause it would be tried again at once, and for ever.
            if isShort, waitForStop() { return }
            isShort = false
            // In bounds: the array's own start and count.
            let count = unsafe poll(&polled, nfds_t(polled.count), -1)
            guard count >= 0 || errno == EINTR else { return }
            guard count > 0 else { continue }
            guard polled[entries.count].revents == 0 else { return }
            // From the end, so that those that go do not move those that are still to be looked at.
            for index in entries.indices.reversed() where polled[index].revents != 0 { serve(index) }
        }
    }

    /// Waits a moment for being told to stop, while connections that end give back what they have.
    private func waitForStop() -> Bool {
        var entry = pollfd(fd: stop.fileDescriptor, events: Int16(POLLIN), revents: 0)
        // In bounds: one structure.
        return unsafe poll(&entry, 1, 10) > 0
    }

    private mutating func serve(_ index: Int) {
        let entry = entries[index]
        if let client = entry.client {
            guard let (request, _) = try? entry.socket.receive(), !request.isEmpty,
                (try? entry.socket.send(EchoServers.answer(pod: entry.pod, source: client))) != nil
            else {
                entries.remove(at: index)
                polled.remove(at: index)
                return
            }
        } else if entry.transport == .udp {
            guard let (_, sender) = try? entry.socket.receive(), let sender else { return }
            try? entry.socket.send(EchoServers.answer(pod: entry.pod, source: sender.address), to: sender)
        } else {
            do {
                guard let (connection, client) = try entry.socket.accept() else { return }
                add(Entry(socket: connection, pod: entry.pod, transport: entry.transport, client: client))
            } catch {
                isShort = true
            }
        }
    }
}
