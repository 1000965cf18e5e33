import EtcdStore
import EtcdTesting
import Glibc
import KubernetesTesting
import SQLiteStore
import Storage
import Testing

/// The stores that a server is tested over.
enum TestStore: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case sqlite, etcd

    /// Those that can be tested here.
    static var available: [TestStore] {
        EtcdServer.isInstalled || getenv("REQUIRE_ROOT_TESTS") != nil ? allCases : [.sqlite]
    }

    var testDescription: String { rawValue }

    /// The one in a folder, or with keys below the folder's path.
    ///
    /// - Parameter own: Whether nobody else may write to the store, or compact it.
    func with<R>(
        _ folder: TemporaryFolder,
        own: Bool = false,
        _ body: (any Store) async throws -> R
    ) async throws -> R {
        switch self {
        case .sqlite:
            return try await Self.use(try await SQLiteStore.open(at: "\(folder.path)/store.db"), body)
        case .etcd:
            return try await SharedEtcd.with(own: own) { server in
                try await Self.use(try server.store(prefix: folder.path), body)
            }
        }
    }

    /// Runs a test that opens the store more than once: a server that tests share stays meanwhile.
    func throughout<R>(_ body: () async throws -> R) async throws -> R {
        switch self {
        case .sqlite: try await body()
        case .etcd: try await SharedEtcd.with { _ in try await body() }
        }
    }

    private static func use<R>(_ store: any Store, _ body: (any Store) async throws -> R) async throws -> R {
        do {
            let result = try await body(store)
            await store.shutdown()
            return result
        } catch {
            await store.shutdown()
            throw error
        }
    }
}

/// An etcd server that runs while tests need one.
actor SharedEtcd {
    private static let shared = SharedEtcd()
    private var server: EtcdServer?
    private var useCount = 0
    private var isStarting = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    /// Runs a test with it, or with one of its own.
    static func with<R>(own: Bool = false, _ body: (EtcdServer) async throws -> R) async throws -> R {
        let server = own ? try await EtcdServer.start() : try await shared.enter()
        do {
            let result = try await body(server)
            if own { await server.stop() } else { await shared.leave() }
            return result
        } catch {
            if own { await server.stop() } else { await shared.leave() }
            throw error
        }
    }

    private func enter() async throws -> EtcdServer {
        useCount += 1
        while isStarting { await withCheckedContinuation { waiters.append($0) } }
        if let server { return server }
        isStarting = true
        defer {
            isStarting = false
            for waiter in waiters { waiter.resume() }
            waiters = []
        }
        do {
            let started = try await EtcdServer.start()
            server = started
            return started
        } catch {
            useCount -= 1
            throw error
        }
    }

    private func leave() async {
        useCount -= 1
        guard useCount == 0, let server else { return }
        self.server = nil
        await server.stop()
    }
}
