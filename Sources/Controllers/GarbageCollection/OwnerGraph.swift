public import KubernetesAPI
public import KubernetesClient

/// Who belongs to whom, over all kinds: only what garbage collection needs of each object.
///
/// It tells which objects are worth a look after a change; ``step(for:)`` says what to do about one.
public struct OwnerGraph: Sendable {
    /// Which object, by the place of its kind among those that are followed.
    public struct Identity: Sendable, Hashable {
        /// The kind's place in ``OwnerGraph/kinds``.
        public var kind: Int
        /// The object's name.
        public var name: ObjectName

        /// An identity from its parts.
        public init(kind: Int, name: ObjectName) {
            self.kind = kind
            self.name = name
        }
    }

    /// An owner as its dependents name it.
    public struct Owner: Sendable, Hashable {
        /// Where it would be.
        public var identity: Identity
        /// Which one it would be.
        public var uid: String
    }

    struct Entry: Sendable, Hashable {
        var identity: Identity
        var uid: String
        var resourceVersion: String
        var owners: [OwnerReference]
        var finalizers: [String]
        var isDeleted: Bool

        /// Whether it waits for its dependents to go.
        var waitsForDependents: Bool { isDeleted && finalizers.contains(OwnerGraph.foregroundFinalizer) }
        /// Whether it lets its dependents go free before it goes.
        var orphansDependents: Bool { isDeleted && finalizers.contains(OwnerGraph.orphanFinalizer) }
    }

    /// The finalizer of objects that wait for their dependents.
    public static let foregroundFinalizer = "foregroundDeletion"
    /// The finalizer of objects that let their dependents go free.
    public static let orphanFinalizer = "orphan"
    /// Absent owners, and objects that are gone, that are remembered.
    private static let absentLimit = 50_000

    /// The kinds that are followed.
    public let kinds: [ResourceType]
    private(set) var entries: [String: Entry] = [:]
    private var uids: [Identity: String] = [:]
    private var dependentsByOwner: [String: Set<String>] = [:]
    /// Owners that the server said are not there. A uid never comes back.
    private var absent = RecentEntries<Owner, Void>(limit: Self.absentLimit)
    /// Objects that the watch told are gone, by uid: an answer that was under way meanwhile does not bring them back.
    private var gone = RecentEntries<String, Void>(limit: Self.absentLimit)
    /// Objects, by uid, that are known from answers, until the watch tells of them: what it tells of their names before
    /// is of earlier objects.
    private var answered: Set<String> = []
    /// The version of the last list of each kind: an answer that is older does not bring back what is not in it.
    private var listed: [Int: UInt64] = [:]
    private let kindIndex: [String: Int]

    /// A graph without objects.
    public init(kinds: [ResourceType]) {
        self.kinds = kinds
        let names = kinds.enumerated().map { (Self.kindName($0.element.group, $0.element.kind), $0.offset) }
        kindIndex = Dictionary(names, uniquingKeysWith: { first, _ in first })
    }

    /// How many objects are known.
    public var count: Int { entries.count }

    /// Which object a uid is; nil where it is not known.
    public func identity(of uid: String) -> Identity? { entries[uid]?.identity }

    /// An object's dependents, in no order.
    func dependents(of uid: String) -> [Entry] {
        (dependentsByOwner[uid] ?? []).compactMap { entries[$0] }
    }

    /// Where the kind of a reference is followed; nil where it is not.
    func kind(of reference: OwnerReference) -> Int? {
        let group = reference.apiVersion.split(separator: "/").dropLast().first.map(String.init) ?? ""
        return kindIndex[Self.kindName(group, reference.kind)]
    }

    private static func kindName(_ group: String, _ kind: String) -> String { "\(group)/\(kind)" }

    // MARK: Changes

    /// Takes an object in as the watch tells it.
    ///
    /// - Returns: The uids of objects to look at.
    public mutating func put(_ object: PartialMetadata, kind: Int) -> Set<String> {
        answered.remove(object.metadata.uid)
        return set(object, kind: kind)
    }

    /// Takes in what the server answered about an object, unless it is gone by what is known since.
    ///
    /// - Returns: The uids of objects to look at.
    public mutating func learn(_ object: PartialMetadata, kind: Int) -> Set<String> {
        let (uid, version) = (object.metadata.uid, Self.version(object.metadata.resourceVersion))
        let isNews = entries[uid] == nil
        guard !isNews || version == 0 || version > listed[kind] ?? 0 else { return [] }
        let looks = set(object, kind: kind)
        if isNews, entries[uid] != nil { answered.insert(uid) }
        return looks
    }

    private mutating func set(_ object: PartialMetadata, kind: Int) -> Set<String> {
        let identity = Identity(kind: kind, name: ObjectName(object.metadata))
        let entry = Entry(
            identity: identity,
            uid: object.metadata.uid,
            resourceVersion: object.metadata.resourceVersion,
            owners: object.owners,
            finalizers: object.finalizers,
            isDeleted: object.metadata.deletionTimestamp != nil
        )
        guard !entry.uid.isEmpty, gone[entry.uid] == nil else { return [] }
        var looks: Set<String> = []
        if let other = uids[identity], other != entry.uid {
            let known = Self.version(entries[other]?.resourceVersion ?? "")
            guard known <= Self.version(entry.resourceVersion) else { return [] }
            looks = forget(other)
        }
        let old = entries[entry.uid]
        if let old, Self.version(entry.resourceVersion) < Self.version(old.resourceVersion) { return looks }
        entries[entry.uid] = entry
        uids[identity] = entry.uid
        if old?.owners != entry.owners {
            for owner in old?.owners ?? [] { unlink(entry.uid, from: owner.uid) }
            for owner in entry.owners { dependentsByOwner[owner.uid, default: []].insert(entry.uid) }
            for owner in (old?.owners ?? []) + entry.owners where entries[owner.uid]?.isDeleted == true {
                looks.insert(owner.uid)
            }
            if !entry.owners.isEmpty { looks.insert(entry.uid) }
        }
        if entry.isDeleted, old?.isDeleted != true || old?.finalizers != entry.finalizers {
            looks.insert(entry.uid)
            if entry.waitsForDependents, old?.waitsForDependents != true {
                looks.formUnion(dependentsByOwner[entry.uid] ?? [])
            }
        }
        return looks
    }

    /// Forgets an object that the watch told is gone.
    ///
    /// - Returns: The uids of objects to look at.
    public mutating func remove(_ name: ObjectName, kind: Int) -> Set<String> {
        guard let uid = uids[Identity(kind: kind, name: name)], !answered.contains(uid) else { return [] }
        return forget(uid)
    }

    /// Makes these all objects of a kind.
    ///
    /// - Parameter version: The list's version.
    /// - Returns: The uids of objects to look at.
    public mutating func replaceAll(_ objects: [PartialMetadata], version: String, kind: Int) -> Set<String> {
        listed[kind] = Self.version(version)
        let present = Set(objects.map { ObjectName($0.metadata) })
        let missing = uids.filter { $0.key.kind == kind && !present.contains($0.key.name) }
        var looks: Set<String> = []
        for uid in missing.values where !isNewerThanList(uid, kind) { looks.formUnion(forget(uid)) }
        for object in objects { looks.formUnion(put(object, kind: kind)) }
        return looks
    }

    /// Takes in that the server has no such owner.
    public mutating func learnAbsent(_ owner: Owner) {
        absent[owner] = ()
    }

    /// Whether the server said that there is no such owner.
    func isAbsent(_ owner: Owner) -> Bool { absent[owner] != nil }

    private func isNewerThanList(_ uid: String, _ kind: Int) -> Bool {
        guard answered.contains(uid), let entry = entries[uid] else { return false }
        return Self.version(entry.resourceVersion) > listed[kind] ?? 0
    }

    /// Removes an object for good: no answer that is under way brings it back.
    private mutating func forget(_ uid: String) -> Set<String> {
        answered.remove(uid)
        gone[uid] = ()
        return remove(uid: uid)
    }

    private mutating func remove(uid: String) -> Set<String> {
        guard let entry = entries.removeValue(forKey: uid) else { return [] }
        if uids[entry.identity] == uid { uids[entry.identity] = nil }
        var looks = dependentsByOwner[uid] ?? []
        for owner in entry.owners {
            unlink(uid, from: owner.uid)
            if entries[owner.uid]?.isDeleted == true { looks.insert(owner.uid) }
        }
        return looks
    }

    private mutating func unlink(_ uid: String, from owner: String) {
        dependentsByOwner[owner]?.remove(uid)
        if dependentsByOwner[owner]?.isEmpty == true { dependentsByOwner[owner] = nil }
    }

    private static func version(_ text: String) -> UInt64 { UInt64(text) ?? 0 }
}
