import EtcdStore
import Glibc

/// An etcd server of the tests' own, on the loopback address, with its data in a temporary folder.
final class EtcdServer: Sendable {
    /// The one that the tests of a suite share.
    @TaskLocal static var shared: EtcdServer?

    /// Debian's `etcd-server` has it here.
    private static let program = "/usr/bin/etcd"
    static var isInstalled: Bool { access(program, X_OK) == 0 }

    let endpoint: String
    private let process: pid_t
    private let folder: TemporaryFolder

    /// Starts one, and waits until it answers.
    ///
    /// - Parameter arguments: Besides those that every one has.
    static func start(_ arguments: [String] = []) async throws -> EtcdServer {
        guard isInstalled else { throw Missing() }
        // Somebody may have taken a port meanwhile.
        for _ in 0..<5 {
            let server = try EtcdServer(ports: (try freePort(), try freePort()), arguments)
            if await server.becomesReady() { return server }
            await server.stop()
        }
        throw Missing()
    }

    /// etcd is not there, or does not start.
    struct Missing: Error, CustomStringConvertible {
        var description: String { "install etcd-server: the tests of EtcdStore need \(EtcdServer.program)" }
    }

    private init(ports: (client: UInt16, peer: UInt16), _ arguments: [String]) throws {
        folder = TemporaryFolder()
        endpoint = "http://127.0.0.1:\(ports.client)"
        let peer = "http://127.0.0.1:\(ports.peer)"
        let words =
            [
                Self.program, "--data-dir", "\(folder.path)/data", "--name", "test", "--log-level", "error",
                "--logger", "zap", "--listen-client-urls", endpoint, "--advertise-client-urls", endpoint,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "test=\(peer)",
                // A test's server need not survive the machine's end.
                "--unsafe-no-fsync",
            ] + arguments
        process = try ChildProcess.spawn(words, output: open("/dev/null", O_WRONLY | O_CLOEXEC), closesOutput: true)
    }

    /// Ends it, whatever it is doing.
    func stop() async {
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, WNOHANG) == 0 { try? await Task.sleep(for: .milliseconds(5)) }
    }

    /// Stops it for a while: it takes connections, and answers nothing.
    func pause() { kill(process, SIGSTOP) }

    /// Lets it go on.
    func resume() { kill(process, SIGCONT) }

    /// A store that uses it.
    func store(prefix: String = "/prefix") throws -> EtcdStore {
        try EtcdStore(EtcdConfiguration(endpoints: [endpoint], prefix: prefix))
    }

    private func becomesReady() async -> Bool {
        guard let store = try? store() else { return false }
        var isReady = false
        for _ in 0..<600 where !isReady {
            isReady = (try? await store.currentRevision()) != nil
            if !isReady { try? await Task.sleep(for: .milliseconds(25)) }
        }
        await store.shutdown()
        return isReady
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &size) : -1
            }
        }
        guard result == 0 else { throw Missing() }
        return UInt16(bigEndian: address.sin_port)
    }
}
