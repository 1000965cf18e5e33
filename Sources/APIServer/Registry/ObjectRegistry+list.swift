import APIRegistry
import Storage

/// What a list found.
struct ObjectList: Sendable {
    /// The objects, in the order of their keys.
    var objects: [CachedObject]
    /// Of which moment it is.
    var revision: Revision
    /// Where it goes on; nil where it is complete.
    var continuation: ContinueToken?
    /// How many more there are; nil where that is not known.
    var remainingCount: Int?
}

extension ObjectRegistry {
    /// How many objects are read from the store at once, where conditions leave most of them out.
    private static let scanSize = 500

    /// The objects of a kind.
    ///
    /// - Parameter namespace: Only those of this one; nil for all, and for kinds that have none.
    func list(_ kind: KindDefinition, namespace: String?, _ options: ListOptions) async throws(Refusal) -> ObjectList {
        let filter = ObjectFilter(kind, namespace: namespace, labels: options.labels, fields: options.fields)
        if let token = options.continuation {
            let start = kind.storagePrefix + token.start
            guard start.hasPrefix(filter.keyPrefix) else {
                throw .badRequest("continue key is not valid: it belongs to another list")
            }
            guard let revision = token.revision else {
                let newest = try await catchUp()
                return try page(kind, filter, from: start, limit: options.limit, notBefore: newest)
            }
            do throws(Refusal) {
                return try await past(kind, filter, from: start, limit: options.limit, at: revision)
            } catch  where error.reason == .expired {
                let now = ContinueToken(revision: nil, start: token.start)
                throw .continueExpired(inconsistent: now.text)
            }
        }
        var newest = cache.progress.revision
        switch options.version {
        case .newest: newest = try await catchUp()
        case .any: break
        case .notOlderThan(let revision):
            try await wait(for: revision)
            newest = max(newest, revision)
        case .exactly(let revision):
            return try await past(kind, filter, from: filter.keyPrefix, limit: options.limit, at: revision)
        }
        return try page(kind, filter, from: filter.keyPrefix, limit: options.limit, notBefore: newest)
    }

    /// The present objects from a key on.
    private func page(
        _ kind: KindDefinition,
        _ filter: ObjectFilter,
        from start: String,
        limit: Int?,
        notBefore revision: Revision
    ) throws(Refusal) -> ObjectList {
        let cache = try cache(of: kind)
        let snapshot: KindCache.Snapshot
        if let key = filter.key {
            let all = cache.snapshot(prefix: key)
            snapshot = KindCache.Snapshot(objects: all.objects.prefix { $0.key == key }, revision: all.revision)
        } else {
            snapshot = cache.snapshot(prefix: filter.keyPrefix)
        }
        var rest = snapshot.objects
        if start != filter.keyPrefix { rest = rest.drop { $0.key < start } }
        var list = ObjectList(objects: [], revision: max(snapshot.revision, revision))
        if filter.isEverything, limit == nil {
            list.objects = Array(rest)
            return list
        }
        while let object = rest.popFirst() {
            guard filter.selects(object) else { continue }
            list.objects.append(object)
            guard let limit, list.objects.count == limit, !rest.isEmpty else { continue }
            list.continuation = token(after: object.key, kind, at: list.revision)
            if filter.isEverything { list.remainingCount = rest.count }
            break
        }
        return list
    }

    /// The objects of a moment in the past, from a key on.
    private func past(
        _ kind: KindDefinition,
        _ filter: ObjectFilter,
        from start: String,
        limit: Int?,
        at revision: Revision
    ) async throws(Refusal) -> ObjectList {
        let head = try cache(of: kind).head
        var range = KeyRange(prefix: filter.keyPrefix)
        if let key = filter.key { range = KeyRange(key: key) } else { range.start = start }
        var list = ObjectList(objects: [], revision: revision)
        while true {
            let page: StoreRange
            do throws(StoreError) {
                let size = filter.isEverything ? limit : max(Self.scanSize, limit ?? 0)
                page = try await store.range(range, limit: size, at: revision)
            } catch .future(let current) {
                throw .resourceVersionTooLarge(revision.rawValue, current: current.rawValue)
            } catch {
                throw Self.refusal(of: error)
            }
            for (position, value) in page.values.enumerated() {
                guard let object = CachedObject(value, head: head), filter.selects(object) else { continue }
                list.objects.append(object)
                let isLast = position == page.values.count - 1 && !page.hasMore
                guard let limit, list.objects.count == limit, !isLast else { continue }
                list.continuation = token(after: value.key, kind, at: revision)
                if filter.isEverything { list.remainingCount = page.count - position - 1 }
                return list
            }
            guard page.hasMore, let last = page.values.last else { return list }
            range.start = last.key + "\0"
        }
    }

    private func token(after key: String, _ kind: KindDefinition, at revision: Revision) -> ContinueToken {
        ContinueToken(revision: revision, start: key.dropFirst(kind.storagePrefix.count) + "\0")
    }
}
