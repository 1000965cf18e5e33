import JSON
import Storage

/// Leases that keys share, so that etcd has few of them: one for each time to live and a twentieth of it, at most a
/// minute, as upstream's `storage/etcd3/lease_manager.go`.
actor EtcdLeases {
    private struct Shared {
        var id: Int64
        var useCount = 1
        let until: ContinuousClock.Instant
    }

    /// The most keys of a lease: its end deletes all of them at once.
    private static let keyCount = 1000
    /// Times to live that are counted; nobody needs to be remembered longer.
    private static let longest: Int64 = 9_000_000_000

    private let client: EtcdClient
    /// By time to live, in seconds.
    private var shared: [Int64: Shared] = [:]
    /// Who waits for a lease that is being granted.
    private var waiters: [Int64: [CheckedContinuation<Void, Never>]] = [:]

    init(client: EtcdClient) {
        self.client = client
    }

    /// A lease that ends after that time, or a little later.
    func lease(for timeToLive: Duration) async throws -> Int64 {
        let (whole, rest) = timeToLive.components
        let seconds = min(rest > 0 ? whole + 1 : whole, Self.longest)
        while true {
            if var lease = shared[seconds], lease.useCount < Self.keyCount, ContinuousClock.now < lease.until {
                lease.useCount += 1
                shared[seconds] = lease
                return lease.id
            }
            guard waiters[seconds] != nil else { return try await grant(seconds) }
            await withCheckedContinuation { waiters[seconds, default: []].append($0) }
        }
    }

    /// Uses these no more.
    func forget(_ ids: [Int64]) {
        shared = shared.filter { !ids.contains($0.value.id) }
    }

    private func grant(_ seconds: Int64) async throws -> Int64 {
        waiters[seconds] = []
        defer { for waiter in waiters.removeValue(forKey: seconds) ?? [] { waiter.resume() } }
        let start = ContinuousClock.now
        let window = min(60, seconds / 20)
        let body = EtcdMessage.object { $0.member("TTL", number: seconds + window) }
        // A lease that was granted twice goes by itself.
        let answer = try await client.read("/v3/lease/grant", body)
        var reader = JSONReader(answer)
        let id = try EtcdMessage.lease(&reader)
        shared = shared.filter { $0.value.until > start }
        if window > 0 { shared[seconds] = Shared(id: id, until: start + .seconds(window)) }
        return id
    }
}
