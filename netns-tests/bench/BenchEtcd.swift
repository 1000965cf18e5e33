import EtcdStore
import Glibc
import Netlink

/// An etcd server to compare with, on the loopback address, with its data beside that of the other store.
struct BenchEtcd {
    let endpoint: String
    private let process: pid_t
    private let folder: String

    /// It does not answer.
    struct Failure: Error {}

    /// Starts one, and waits until it answers.
    static func start(folder: String) async throws -> BenchEtcd {
        let port = 20_000 + Int(getpid()) % 20_000
        let data = "\(folder)/trama-bench-etcd-\(getpid())"
        let (client, peer) = ("http://127.0.0.1:\(port)", "http://127.0.0.1:\(port + 1)")
        let words = [
            "/usr/bin/etcd", "--data-dir", data, "--name", "bench", "--log-level", "error", "--logger", "zap",
            "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", "bench=\(peer)",
        ]
        let server = BenchEtcd(endpoint: client, process: try Program.start(words, in: .current()), folder: data)
        let store = try EtcdStore(EtcdConfiguration(endpoints: [client]))
        for _ in 0..<400 {
            if (try? await store.currentRevision()) != nil {
                await store.shutdown()
                return server
            }
            try await Task.sleep(for: .milliseconds(25))
        }
        await store.shutdown()
        await server.stop()
        throw Failure()
    }

    /// Ends it, and removes its data.
    func stop() async {
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, WNOHANG) == 0 { try? await Task.sleep(for: .milliseconds(5)) }
        _ = try? Program.run(["/bin/rm", "-rf", "--one-file-system", folder], in: .current())
    }
}
