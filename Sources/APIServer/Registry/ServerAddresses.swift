import Addressing
import JSON
import Storage

/// Where the API servers of a cluster are reached: a key of each that lives only while its server says so.
///
/// Source: the lease reconciler of `pkg/controlplane/reconcilers/lease.go`, and its keys.
final class ServerAddresses: Sendable {
    static let prefix = "/registry/masterleases/"

    /// When the keys changed last.
    let changes = RevisionGate()
    private let store: any Store

    init(store: any Store) {
        self.store = store
    }

    /// A key changed: of a server that came, goes on, or is gone.
    func changed(at revision: Revision) { changes.advance(to: revision) }

    /// Says that a server is reached there, for some time.
    func announce(_ addresses: [IPAddress], for timeToLive: Duration) async throws(StoreError) {
        guard !addresses.isEmpty else { return }
        let changes = addresses.map { address in
            let value: JSONValue = [
                "kind": "Endpoints", "apiVersion": "v1",
                "subsets": [["addresses": [["ip": .string("\(address)")]]]],
            ]
            return StoreTransaction.Change.put(key: Self.key(address), value: value.json, timeToLive: timeToLive)
        }
        _ = try await store.commit(StoreTransaction(then: changes))
    }

    /// Says that no server is reached there any more.
    func withdraw(_ addresses: [IPAddress]) async throws(StoreError) {
        guard !addresses.isEmpty else { return }
        _ = try await store.commit(StoreTransaction(then: addresses.map { .delete(key: Self.key($0)) }))
    }

    /// Where servers are reached now, in order.
    func present() async throws(StoreError) -> [IPAddress] {
        let range = try await store.range(KeyRange(prefix: Self.prefix), limit: nil, at: nil)
        return range.values.compactMap { IPAddress($0.key.dropFirst(Self.prefix.count)) }.sorted()
    }

    private static func key(_ address: IPAddress) -> String { "\(prefix)\(address)" }
}
