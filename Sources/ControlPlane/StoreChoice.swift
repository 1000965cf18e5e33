import EtcdStore
import Observability
import SQLiteStore
import Storage

/// The store that a configuration asks for.
enum StoreChoice {
    /// How often states are forgotten that nobody needs any more, where the store does not do so by itself.
    private static let compactionInterval: Duration = .seconds(300)

    /// Opens the store. Blocks, where files are read.
    static func etcd(_ configuration: ControlPlaneConfiguration) throws -> (any Store)? {
        guard !configuration.etcdServers.isEmpty else { return nil }
        let files = configuration.etcdFiles
        func bytes(_ path: String?) throws -> [UInt8]? { try path.map { Array(try SmallFile.read($0).utf8) } }
        let tls = EtcdConfiguration.TLS(
            authorities: try bytes(files.authorities),
            certificate: try bytes(files.certificate),
            key: try bytes(files.key)
        )
        return try EtcdStore(EtcdConfiguration(endpoints: configuration.etcdServers, tls: tls))
    }

    /// Forgets old states of etcd's, as kube-apiserver does; the embedded store does so by itself.
    ///
    /// Several servers may do so: what was forgotten already is no error.
    static func compact(_ store: any Store, log: (String) -> Void) async {
        var before: Revision?
        while !Task.isCancelled {
            do {
                let current = try await store.currentRevision()
                if let before { try await store.compact(before: before) }
                before = current
            } catch {
                log("\(error)")
            }
            try? await Task.sleep(for: compactionInterval)
        }
    }
}
