public import KubernetesAPI
public import KubernetesClient

/// All objects of a kind, as far as is known here: what the server's watch told, and what it answered to our own
/// writes, whichever is newer.
///
/// Taking in the answers at once is what keeps a controller from making twice what it made a moment ago. An answer
/// that comes after the watch told that the object is gone, or after a list without it, is known by its older version;
/// what the watch tells of an earlier object of the same name, while it has not come to the one that we made, is
/// passed over.
public struct ObjectTable<Object: KubernetesObject>: Sendable {
    /// The objects by name.
    public private(set) var objects: [ObjectName: Object] = [:]
    private var namesByNamespace: [String: Set<String>] = [:]
    /// At which version objects went that went lately.
    private var deletions = RecentEntries<ObjectName, UInt64>(limit: 4096)
    /// The version of the last list: answers that are not newer tell nothing.
    private var listed: UInt64 = 0
    /// Objects that are known from answers, until the watch tells the same; true where the answer was the first that
    /// was heard of the object.
    private var answers: [ObjectName: Bool] = [:]
    /// What is kept of the objects besides, so that it need not be found by walking all of them.
    private(set) var index: (any ObjectIndex<Object>)?

    /// A change of one object.
    public struct Change: Sendable {
        /// The object before; nil where there was none.
        public var old: Object?
        /// The object now; nil where it is gone.
        public var new: Object?

        /// A change from its parts; one of them is there.
        public init(old: Object?, new: Object?) {
            self.old = old
            self.new = new
        }

        /// Whose change it is.
        public var name: ObjectName {
            (new ?? old).map { ObjectName($0.metadata) } ?? ObjectName(namespace: nil, name: "")
        }
    }

    /// A table without objects.
    public init() {}

    /// A table without objects that keeps an index.
    init(index: any ObjectIndex<Object>) {
        self.index = index
    }

    /// How many objects there are.
    public var count: Int { objects.count }

    /// An object; nil where there is none.
    public subscript(_ name: ObjectName) -> Object? { objects[name] }

    /// An object; nil where there is none.
    public subscript(namespace: String?, name: String) -> Object? {
        objects[ObjectName(namespace: namespace, name: name)]
    }

    /// The objects of a namespace, in no order.
    public func objects(in namespace: String) -> [Object] {
        (namesByNamespace[namespace] ?? []).compactMap { objects[ObjectName(namespace: namespace, name: $0)] }
    }

    /// Takes an object in; nil where it is known, or a newer state of it is.
    ///
    /// - Parameter isAnswer: Whether the server answered so to a write of ours, ahead of the watch.
    public mutating func put(_ object: Object, isAnswer: Bool = false) -> Change? {
        let name = ObjectName(object.metadata)
        let version = Self.version(object)
        if let gone = deletions[name], version <= gone { return nil }
        if isAnswer, version > 0, version <= listed { return nil }
        let old = objects[name]
        if let old, version > 0 {
            let present = Self.version(old)
            if !isAnswer, version >= present { answers[name] = nil }
            guard version > present else { return nil }
        }
        if isAnswer { answers[name] = old.map { $0.metadata.uid != object.metadata.uid } ?? true }
        return set(object, name, old: old)
    }

    /// Takes in what is about to be so, under the version that is known, so that whatever the server tells next takes
    /// its place; nil where the object is not known in that version.
    public mutating func assume(_ object: Object) -> Change? {
        let name = ObjectName(object.metadata)
        guard let old = objects[name], old.metadata.resourceVersion == object.metadata.resourceVersion else {
            return nil
        }
        return set(object, name, old: old)
    }

    /// Takes an object as one that is being ended, until the server tells more; nil where that is known, or where
    /// another object has the name by now.
    public mutating func markGoing(_ name: ObjectName, uid: String, now: Timestamp) -> Change? {
        guard var object = objects[name], object.metadata.uid == uid, object.metadata.deletionTimestamp == nil else {
            return nil
        }
        object.metadata.deletionTimestamp = now
        return assume(object)
    }

    private mutating func set(_ object: Object, _ name: ObjectName, old: Object?) -> Change {
        objects[name] = object
        if let namespace = name.namespace { namesByNamespace[namespace, default: []].insert(name.name) }
        index?.take(old: old, new: object)
        return Change(old: old, new: object)
    }

    /// Forgets an object that the watch told is gone; nil where it is not known, or where the watch cannot have come
    /// to it yet.
    public mutating func remove(_ name: ObjectName) -> Change? {
        guard answers[name] != true, let old = objects.removeValue(forKey: name) else { return nil }
        answers[name] = nil
        if let namespace = name.namespace {
            namesByNamespace[namespace]?.remove(name.name)
            if namesByNamespace[namespace]?.isEmpty == true { namesByNamespace[namespace] = nil }
        }
        deletions[name] = Self.version(old)
        index?.take(old: old, new: nil)
        return Change(old: old, new: nil)
    }

    /// Makes these all the objects there are, but for those that we wrote since then.
    ///
    /// - Parameters:
    ///   - version: The list's version.
    ///   - kept: Objects that exist but could not be read: what is known of them stays.
    public mutating func replaceAll(
        _ list: [Object],
        version: String,
        keeping kept: Set<ObjectName> = []
    ) -> [Change] {
        listed = UInt64(version) ?? 0
        let names = Set(list.map { ObjectName($0.metadata) })
        var changes: [Change] = []
        for (name, object) in objects where !names.contains(name) && !kept.contains(name) {
            if answers[name] != nil, Self.version(object) > listed { continue }
            answers[name] = nil
            if let change = remove(name) { changes.append(change) }
        }
        for object in list {
            if let change = put(object) { changes.append(change) }
        }
        return changes
    }

    /// Versions of one server are numbers that grow.
    private static func version(_ object: Object) -> UInt64 { UInt64(object.metadata.resourceVersion) ?? 0 }
}
