public import APIRegistry
public import APISchema
public import Addressing
import JSON
import KubernetesAPI
public import Logging
public import Storage

/// All objects of an API server: what its verbs do, without HTTP.
///
/// Reads come from memory (``WatchCache``), after it has caught up with the store. Writes go through the kinds'
/// strategies and are committed by compare-and-swap; whoever lost against another write begins anew with the newer
/// object.
public final class ObjectRegistry: Sendable {
    /// The kinds.
    public let kinds: KindRegistry
    /// The messages of the kinds.
    public let schema: SchemaTable
    let store: any Store
    let cache: WatchCache
    let allocations: ServiceAllocations
    /// Where the servers of the cluster are reached.
    let addresses: ServerAddresses
    /// Under which keys Services are stored.
    let servicePrefix: String
    let protobuf: ProtobufWriter
    let observers: [any ObjectObserver]
    let admission: [any AdmissionCheck]
    /// Whether new pods become those of a service account, which must be there.
    let givesAccounts: Bool
    let logger: Logger

    /// For how long a read waits for the cache to catch up with the store.
    static let catchUpTimeout = Duration.seconds(3)

    /// A registry of the objects in a store.
    ///
    /// - Parameters:
    ///   - serviceRanges: What ClusterIPs are taken from before ServiceCIDRs say so.
    ///   - nodePorts: What node ports are taken from.
    ///   - observers: Are told of objects.
    ///   - admission: Is asked before each write of somebody.
    ///   - givesAccounts: Whether new pods become those of a service account, and are refused where it is not there. It
    ///     takes a controller to make the accounts `default`.
    public init(
        store: any Store,
        kinds: KindRegistry,
        schema: SchemaTable,
        serviceRanges: [IPPrefix],
        nodePorts: ClosedRange<Int> = 30_000...32_767,
        observers: [any ObjectObserver] = [],
        admission: [any AdmissionCheck] = [],
        givesAccounts: Bool = false,
        logger: Logger
    ) {
        self.store = store
        self.kinds = kinds
        self.schema = schema
        self.logger = logger
        self.observers = observers
        self.admission = admission
        self.givesAccounts = givesAccounts
        protobuf = ProtobufWriter(encoder: ProtobufEncoder(table: schema))
        cache = WatchCache(store: store, registry: kinds, logger: logger)
        allocations = ServiceAllocations(AllocationState(ranges: serviceRanges, portRange: nodePorts))
        addresses = ServerAddresses(store: store)
        servicePrefix = kinds.kind(group: "", version: "v1", plural: "services")?.storagePrefix ?? ""
    }

    /// Objects of kinds that have more bytes than that are not written in protobuf before somebody asks.
    private static let encodedByteLimit = 16 << 20

    /// Writes all objects in protobuf that are not yet, for nodes that come all at once after a start.
    func encodeAll() async {
        for kind in cache.kinds {
            for object in kind.snapshot(prefix: kind.kind.storagePrefix).objects {
                guard !Task.isCancelled else { return }
                encode(object, of: kind)
                await Task.yield()
            }
        }
    }

    private func encode(_ object: CachedObject, of kind: KindCache) {
        guard kind.byteCount <= Self.encodedByteLimit else { return }
        _ = object.protobuf { protobuf.message($0, schema: kind.kind.schema) }
    }

    /// Keeps the cache up to date, until the task is cancelled.
    public func run() async {
        let ranges = ServiceAllocations.prefixes.map { KeyRange(prefix: $0) }
        await cache.run(
            WatchCache.Listener(ranges: ranges) { [self] records in
                // Changes may have been missed: what was given out is as the store says.
                allocations.reload(records)
                for kind in cache.kinds {
                    if kind.kind.resource.plural == "servicecidrs" { followRanges(kind) }
                    tellLoaded(kind)
                }
            } changed: { [self] event, kind in
                if ServiceAllocations.concerns(event.key) { allocations.note(event) }
                if event.key.hasPrefix(ServerAddresses.prefix) { addresses.changed(at: event.revision) }
                if let kind, kind.kind.resource.plural == "servicecidrs" { followRanges(kind) }
                if let kind {
                    tellChanged(event.key, kind)
                    if let object = kind.object(event.key) { encode(object, of: kind) }
                }
            }
        )
    }

    /// Waits until the cache was loaded; false where it was not in that time.
    public func waitUntilReady(timeout: Duration) async -> Bool {
        await cache.progress.wait(for: Revision(1), timeout: timeout)
    }

    /// Whether the cache was loaded.
    var isReady: Bool { cache.progress.revision >= Revision(1) }

    /// What holds the objects of a kind in memory.
    func cache(of kind: KindDefinition) throws(Refusal) -> KindCache {
        guard let cache = cache.cache(of: kind) else { throw .internalError("\(kind.resource.plural) are not kept") }
        return cache
    }

    /// How objects of a kind are written.
    func encoder(of kind: KindDefinition) -> ObjectEncoder { ObjectEncoder(kind: kind, protobuf: protobuf) }

    /// Waits until all that was committed is in the cache.
    func catchUp() async throws(Refusal) -> Revision {
        do throws(StoreError) {
            return try await cache.catchUp(timeout: Self.catchUpTimeout)
        } catch {
            throw Self.refusal(of: error)
        }
    }

    /// The object of that name, as it is now.
    ///
    /// - Parameter version: How old it may be.
    func get(
        _ kind: KindDefinition,
        namespace: String?,
        name: String,
        version: ListOptions.Version = .newest
    ) async throws(Refusal) -> CachedObject {
        switch version {
        case .newest: _ = try await catchUp()
        case .any: break
        case .notOlderThan(let revision), .exactly(let revision): try await wait(for: revision)
        }
        guard let object = try cache(of: kind).object(kind.key(namespace: namespace, name: name)) else {
            throw .notFound(kind.resource, name: name)
        }
        return object
    }

    /// Waits until the cache has come so far; refuses where that takes too long.
    func wait(for revision: Revision) async throws(Refusal) {
        guard await cache.progress.wait(for: revision, timeout: Self.catchUpTimeout) else {
            throw .resourceVersionTooLarge(revision.rawValue, current: cache.progress.revision.rawValue)
        }
    }

    /// What a client is told of an error of the store.
    static func refusal(of error: StoreError) -> Refusal {
        switch error {
        case .compacted: .listTooOld
        case .future(let current): .resourceVersionTooLarge(current.rawValue, current: current.rawValue)
        case .invalid(let reason): .badRequest("the store refuses this: \(reason)")
        case .unavailable(let reason): .unavailable("the store does not answer: \(reason)")
        case .tooSlow, .cancelled: .unavailable("the request was cut off")
        }
    }
}
