package import EtcdStore
import Glibc
import KubernetesTesting
import Observability
import Synchronization

/// An etcd server of the tests' own, on the loopback address, with its data in a temporary folder.
package final class EtcdServer: Sendable {
    /// Debian's `etcd-server` has it here.
    private static let program = "/usr/bin/etcd"
    package static var isInstalled: Bool { access(program, X_OK) == 0 }

    /// Where it serves clients.
    package let endpoint: String
    /// What a client needs to speak to it.
    package let tls: EtcdConfiguration.TLS
    private let words: [String]
    private let process = Mutex<pid_t?>(nil)
    private let folder: TemporaryFolder

    /// Starts one, and waits until it answers.
    ///
    /// - Parameters:
    ///   - arguments: Besides those that every one has.
    ///   - isSecure: Whether it speaks TLS, with those only who have a certificate.
    package static func start(_ arguments: [String] = [], isSecure: Bool = false) async throws -> EtcdServer {
        guard isInstalled else { throw Missing() }
        let certificates = isSecure ? try await TestCertificates.shared.value : nil
        // Somebody may have taken a port meanwhile.
        for _ in 0..<5 {
            let peer = "http://127.0.0.1:\(try freePort())"
            let server = try EtcdServer(
                name: "test",
                port: try freePort(),
                peer: peer,
                cluster: "test=\(peer)",
                arguments,
                certificates
            )
            if await server.becomesReady() { return server }
            await server.stop()
        }
        throw Missing()
    }

    /// Starts the members of a cluster, and waits until all answer.
    package static func startCluster(of count: Int, _ arguments: [String] = []) async throws -> [EtcdServer] {
        guard isInstalled else { throw Missing() }
        let peers = try (0..<count).map { _ in "http://127.0.0.1:\(try freePort())" }
        let cluster = peers.enumerated().map { "m\($0)=\($1)" }.joined(separator: ",")
        let members = try peers.enumerated().map { (number, peer) in
            try EtcdServer(name: "m\(number)", port: try freePort(), peer: peer, cluster: cluster, arguments, nil)
        }
        for member in members {
            guard await member.becomesReady() else {
                for member in members { await member.stop() }
                throw Missing()
            }
        }
        return members
    }

    /// etcd is not there, or does not start.
    package struct Missing: Error, CustomStringConvertible {
        package var description: String { "install etcd-server: the tests of EtcdStore need \(EtcdServer.program)" }
    }

    private init(
        name: String,
        port: UInt16,
        peer: String,
        cluster: String,
        _ arguments: [String],
        _ certificates: TestCertificates?
    ) throws {
        folder = try TemporaryFolder()
        endpoint = "\(certificates == nil ? "http" : "https")://127.0.0.1:\(port)"
        var words = [
            Self.program, "--data-dir", "\(folder.path)/data", "--name", name, "--log-level", "error",
            "--logger", "zap", "--listen-client-urls", endpoint, "--advertise-client-urls", endpoint,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", cluster,
            // A test's server need not survive the machine's end.
            "--unsafe-no-fsync",
        ]
        if let certificates {
            try folder.write("ca.crt", certificates.authority)
            try folder.write("server.crt", certificates.serverCertificate)
            try folder.write("server.key", certificates.serverKey, mode: 0o600)
            words += ["--trusted-ca-file", "\(folder.path)/ca.crt", "--client-cert-auth"]
            words += ["--cert-file", "\(folder.path)/server.crt", "--key-file", "\(folder.path)/server.key"]
            tls = EtcdConfiguration.TLS(
                authorities: certificates.authority,
                certificate: certificates.clientCertificate,
                key: certificates.clientKey
            )
        } else {
            tls = EtcdConfiguration.TLS()
        }
        self.words = words + arguments
        try launch()
    }

    private func launch() throws {
        let number = try Self.spawn(words)
        process.withLock { $0 = number }
    }

    /// Ends it, whatever it is doing.
    package func stop() async {
        let process = process.withLock { process in
            defer { process = nil }
            return process
        }
        guard let process else { return }
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, WNOHANG) == 0 { try? await Task.sleep(for: .milliseconds(5)) }
    }

    /// Starts it again with what is on its disk; returns at once.
    package func startAgain() throws { try launch() }

    /// Stops it for a while: it takes connections, and answers nothing.
    package func pause() {
        process.withLock { process in
            guard let process else { return }
            kill(process, SIGSTOP)
            // The signal is only sent by then: a thread that runs may still answer.
            for _ in 0..<10_000 where !Self.isStopped(process) { usleep(1_000) }
        }
    }

    private static func isStopped(_ process: pid_t) -> Bool {
        // `42 (etcd) T 1 …`: the state stands after the name, of every thread once all of them have stopped.
        guard let text = try? SmallFile.read("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else {
            return true
        }
        return text[end...].dropFirst(2).first == "T"
    }

    /// Lets it go on.
    package func resume() { process.withLock { if let process = $0 { kill(process, SIGCONT) } } }

    /// A store that uses it.
    package func store(prefix: String = "/prefix") throws -> EtcdStore {
        try EtcdStore(EtcdConfiguration(endpoints: [endpoint], tls: tls, prefix: prefix))
    }

    /// Waits until it answers; false where it does not for a long time.
    package func becomesReady() async -> Bool {
        guard let store = try? store() else { return false }
        var isReady = false
        for _ in 0..<600 where !isReady {
            isReady = (try? await store.currentRevision()) != nil
            if !isReady { try? await Task.sleep(for: .milliseconds(25)) }
        }
        await store.shutdown()
        return isReady
    }

    private static func spawn(_ words: [String]) throws -> pid_t {
        let output = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(output) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        defer { for argument in arguments { free(argument) } }
        arguments.append(nil)
        var number: pid_t = 0
        guard posix_spawn(&number, words[0], &actions, nil, &arguments, environ) == 0 else { throw Missing() }
        return number
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
