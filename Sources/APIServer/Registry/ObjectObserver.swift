import APIRegistry
public import JSON
public import KubernetesAPI

/// Is told of objects as they are in the store, those of other servers too: what decides by objects, such as RBAC.
public protocol ObjectObserver: Sendable {
    /// Whether it wants to know of objects of that kind.
    func concerns(_ resource: ResourceType) -> Bool

    /// All objects of a kind that it wants to know of: at the start, and after changes may have been missed.
    ///
    /// - Parameter objects: Parsed one by one as they are gone through, so that they are not all in memory at a time.
    func loaded(_ resource: ResourceType, _ objects: any Sequence<JSONValue>)

    /// An object was written; nil: it was deleted.
    func changed(_ resource: ResourceType, namespace: String?, name: String, _ object: JSONValue?)
}

extension ObjectRegistry {
    /// An object as it is in memory; nil where there is none, or no such kind.
    public func object(group: String, plural: String, namespace: String?, name: String) -> JSONValue? {
        guard
            let cache = cache.kinds.first(where: {
                $0.kind.resource.group == group && $0.kind.resource.plural == plural
            })
        else { return nil }
        return cache.object(cache.kind.key(namespace: namespace, name: name))?.value
    }

    /// The uid of an object in memory; nil where there is none, or no such kind.
    public func uid(ofKind kind: String, namespace: String?, name: String) -> String? {
        guard let cache = cache.kinds.first(where: { $0.kind.resource.kind == kind }) else { return nil }
        let object = cache.object(cache.kind.key(namespace: namespace, name: name))?.value
        return object?["metadata"]?["uid"]?.string
    }

    /// How many watches there are.
    public var watchCount: Int { cache.kinds.reduce(0) { $0 + $1.watcherCount } }

    /// Tells observers of all objects of a kind.
    func tellLoaded(_ cache: KindCache) {
        let resource = cache.kind.resource
        let interested = observers.filter { $0.concerns(resource) }
        guard !interested.isEmpty else { return }
        let objects = cache.snapshot(prefix: cache.kind.storagePrefix).objects
        for observer in interested { observer.loaded(resource, objects.lazy.compactMap(\.value)) }
    }

    /// Tells observers of a change.
    func tellChanged(_ key: String, _ cache: KindCache) {
        let resource = cache.kind.resource
        let interested = observers.filter { $0.concerns(resource) }
        guard !interested.isEmpty else { return }
        let parts = key.dropFirst(cache.kind.storagePrefix.count).split(separator: "/").map { String($0) }
        guard let name = parts.last else { return }
        let namespace = parts.count > 1 ? parts[0] : nil
        let object = cache.object(key)?.value
        for observer in interested { observer.changed(resource, namespace: namespace, name: name, object) }
    }
}
