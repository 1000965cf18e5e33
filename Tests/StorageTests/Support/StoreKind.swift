import EtcdStore
import EtcdTesting
import FolderTesting
import Glibc
import SQLiteStore
import Storage
import Testing

/// The stores that the suite runs against.
enum StoreKind: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case sqlite, etcd

    /// Those that can be tested here.
    static var available: [StoreKind] {
        EtcdServer.isInstalled || getenv("REQUIRE_ROOT_TESTS") != nil ? allCases : [.sqlite]
    }

    var testDescription: String { rawValue }

    /// Runs a test with a store and a prefix for its keys.
    ///
    /// - Parameter own: Whether nobody else may write to the store, or compact it.
    func withStore(
        own: Bool = false,
        sweepInterval: Duration = .milliseconds(20),
        watchLimits: WatchHub.Limits = .init(),
        _ body: (any Store, _ prefix: String) async throws -> Void
    ) async throws {
        switch self {
        case .sqlite:
            let folder = TestFolder()
            let options = SQLiteStore.Options(sweepInterval: sweepInterval, watchLimits: watchLimits)
            let store = try await SQLiteStore.open(at: "\(folder.path)/store.db", options: options)
            try await Self.use(store, body)
        case .etcd:
            if !own, let server = EtcdServer.shared {
                try await Self.use(try server.store(), body)
            } else {
                let server = try await EtcdServer.start()
                do {
                    try await Self.use(try server.store(), body)
                    await server.stop()
                } catch {
                    await server.stop()
                    throw error
                }
            }
        }
    }

    private static func use(
        _ store: any Store,
        _ body: (any Store, _ prefix: String) async throws -> Void
    ) async throws {
        let prefix = "/test-\(UInt64.random(in: 0 ... .max))/"
        do {
            try await body(store, prefix)
            await store.shutdown()
        } catch {
            await store.shutdown()
            throw error
        }
    }
}

extension EtcdServer {
    /// The one that the tests of a suite share.
    @TaskLocal static var shared: EtcdServer?
}

/// Starts what the tests of a suite share.
struct SharedStores: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        guard StoreKind.available.contains(.etcd) else { return try await function() }
        let server = try await EtcdServer.start()
        do {
            try await EtcdServer.$shared.withValue(server) { try await function() }
            await server.stop()
        } catch {
            await server.stop()
            throw error
        }
    }
}

extension Trait where Self == SharedStores {
    /// One etcd server for all tests of the suite that do not need one of their own.
    static var stores: SharedStores { SharedStores() }
}
