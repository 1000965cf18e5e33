import KubernetesAPI
import KubernetesClient

/// Which objects of a kind are known, and at which version, so that a list tells what changed and what is gone.
struct KnownVersions: Sendable {
    private var versions: [ObjectName: String] = [:]

    /// Nothing is known.
    init() {}

    /// What an event changes: each object with its new content, or nil where it is gone.
    ///
    /// An object whose version is known already is no change: lists repeat what was told before.
    mutating func changes<Object>(of event: ReflectorEvent<Object>) -> [(name: ObjectName, object: Object?)] {
        switch event {
        case .replaced(let objects, _, let unreadable):
            return replace(with: objects, keeping: unreadable)
        case .changed(let object):
            return note(object) ? [(ObjectName(object.metadata), object)] : []
        case .deleted(let namespace, let name):
            let name = ObjectName(namespace: namespace, name: name)
            return versions.removeValue(forKey: name) == nil ? [] : [(name, nil)]
        case .unreadable, .interrupted:
            return []
        }
    }

    private mutating func replace<Object: KubernetesObject>(
        with objects: [Object],
        keeping unreadable: [ObjectError]
    ) -> [(name: ObjectName, object: Object?)] {
        var gone = Set(versions.keys)
        for error in unreadable {
            if let name = error.name { gone.remove(ObjectName(namespace: error.namespace, name: name)) }
        }
        var changes: [(name: ObjectName, object: Object?)] = []
        for object in objects {
            let name = ObjectName(object.metadata)
            gone.remove(name)
            if note(object) { changes.append((name, object)) }
        }
        for name in gone.sorted() {
            versions[name] = nil
            changes.append((name, nil))
        }
        return changes
    }

    /// Remembers an object; false where this version of it is known.
    private mutating func note(_ object: some KubernetesObject) -> Bool {
        let version = object.metadata.resourceVersion
        let known = versions.updateValue(version, forKey: ObjectName(object.metadata))
        return known != version || version.isEmpty
    }
}
