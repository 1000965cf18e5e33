import Addressing
import ClusterDNS
import Glibc
import Netlink

/// What `trama dns` takes for a question, and until a change is answered, with a folder of manifests as its source.
struct DNSBenchmark {
    var path: String
    var workload: Workload

    private static let changeCount = 20
    private static let serialCount = 20_000
    /// Questions under way at a time, where as many as possible are asked.
    private static let window = 64
    private static let time: Duration = .seconds(5)

    func run() async throws {
        let program = TramaProgram(path: path, workload: workload)
        var template = Array("/tmp/trama-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Program.Failure(command: "mkdtemp", status: errno, output: "") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let files = try program.writeManifests(to: folder)
        defer {
            for file in files + ["\(folder)/changing.json"] { unlink(file) }
            rmdir(folder)
        }
        let laboratory = try Laboratory()
        try Program.run(["ip", "link", "set", "lo", "up"], in: laboratory.namespace)
        let process = try Program.start(
            [path, "dns", "--manifests", folder, "--listen", "127.0.0.1", "--forward", "none", "--http-address", ""],
            in: laboratory.namespace
        )
        defer {
            kill(process, SIGTERM)
            Program.wait(for: process)
        }
        let client = try DNSBenchmarkClient(in: laboratory.namespace)
        try await wait(for: client, process)

        Report.section("Names of \(workload.title)", columns: ["p50 µs", "p90 µs", "p99 µs"])
        var serial = Samples()
        for index in 0..<Self.serialCount {
            _ = measure(into: &serial) { client.ask(query(index)) }
        }
        Report.percentiles("one question after the other", serial)
        var changes = Samples()
        for change in 1...Self.changeCount { changes.append(try await self.change(to: change, folder, client)) }
        Report.percentiles("from a manifest's change to its answer", changes)
        Report.value("questions per second, \(Self.window) under way", throughput(client).text(0))
        Report.value("program (RSS)", Memory.read("/proc/\(process)/status", "VmRSS").mebibytes)
    }

    private func query(_ index: Int) -> [UInt8] {
        let number = index % workload.serviceCount
        return query("service-\(number).namespace-\(number % 50).svc.cluster.local", id: UInt16(number & 0xffff))
    }

    private func query(_ name: String, id: UInt16) -> [UInt8] {
        DNSMessage.question(DNSName(name) ?? .root, .a, id: id).encoded()
    }

    private func wait(for client: DNSBenchmarkClient, _ process: pid_t) async throws {
        for _ in 0..<600 {
            if client.ask(query(0)) != nil { return }
            guard kill(process, 0) == 0 else { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Program.Failure(command: path, status: 0, output: "no names are served")
    }

    /// How long after a file has another address the name has it.
    private func change(to number: Int, _ folder: String, _ client: DNSBenchmarkClient) async throws -> Duration {
        let address = IPAddress.v4(10 << 24 | 200 << 16 | UInt32(truncatingIfNeeded: number))
        let text = """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"changing","namespace":"default"},\
            "spec":{"clusterIP":"\(address)","ports":[{"port":80}]}}
            """
        let file = "\(folder)/changing.json"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let written = write(descriptor, text, text.utf8.count)
        let start = ContinuousClock.now
        // It counts from here on: a file that is still open is not read.
        close(descriptor)
        guard written == text.utf8.count else {
            throw Program.Failure(command: "write \(file)", status: errno, output: "")
        }
        let question = query("changing.default.svc.cluster.local", id: UInt16(number))
        while ContinuousClock.now - start < .seconds(10) {
            if let answer = client.ask(question), let message = try? DNSMessage(answer),
                message.answers.contains(where: { $0.data == .address(address) })
            {
                return .now - start
            }
        }
        throw Program.Failure(command: path, status: 0, output: "the change is not answered")
    }

    /// Answers per second.
    private func throughput(_ client: DNSBenchmarkClient) -> Double {
        let queries = (0..<workload.serviceCount).map { query($0) }
        let start = ContinuousClock.now
        var sent = 0
        var answered = 0
        for _ in 0..<Self.window {
            client.send(queries[sent % queries.count])
            sent += 1
        }
        while ContinuousClock.now - start < Self.time {
            if client.receive() != nil { answered += 1 }
            client.send(queries[sent % queries.count])
            sent += 1
        }
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(answered) / (Double(seconds) + Double(attoseconds) / 1e18)
    }
}

/// A UDP socket to 127.0.0.1:53 of a namespace; its calls block.
final class DNSBenchmarkClient {
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 4_096)

    init(in namespace: borrowing NetworkNamespace) throws {
        descriptor = try namespace.enter { () throws(NetlinkError) in
            let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_in(port: 53, address: 0x7f00_0001)
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard result == 0 else { throw NetlinkError(operation: "connect to a DNS server", errno: errno) }
            return descriptor
        }
        // An answer that is lost must not stop the measuring.
        var timeout = timeval(tv_sec: 0, tv_usec: 200_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ message: [UInt8]) { _ = Glibc.send(descriptor, message, message.count, 0) }

    /// The next message; nil where none comes.
    func receive() -> [UInt8]? {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// The answer to a question; nil where none comes.
    @discardableResult
    func ask(_ message: [UInt8]) -> [UInt8]? {
        send(message)
        while let answer = receive() {
            // Not what came late for the one before.
            if answer.prefix(2) == message.prefix(2) { return answer }
        }
        return nil
    }
}
