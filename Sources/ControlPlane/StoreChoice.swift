import EtcdStore
import Observability
import SQLiteStore
import Storage

/// The store that a configuration asks for.
enum StoreChoice {
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
}
