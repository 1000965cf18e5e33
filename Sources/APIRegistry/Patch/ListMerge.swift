import APISchema
import JSON

/// Merges a list by its elements' merge key, or as a set of plain values.
///
/// Elements are found by a table of their keys, so that large lists take no longer than to read them.
struct ListMerge {
    let merge: StrategicMerge
    let rule: StrategicMerge.Rule

    /// The list after the patch: elements that the patch has in its order, the others where they were between them.
    func merged(_ original: [JSONValue], with patch: [JSONValue]) throws(PatchError) -> [JSONValue] {
        if original.isEmpty, patch.isEmpty { return [] }
        guard try areObjects(original, patch) else {
            return interleaved(
                others: Self.distinct(original, except: Set(patch.map(\.comparable))),
                ordered: Self.distinct(patch, except: []),
                by: positions(of: original)
            )
        }
        guard rule.mergeKey != nil else {
            throw PatchError(.malformed, "cannot merge lists without merge key for type map")
        }
        let (original, patch) = try afterDirectives(original, patch)
        var result = original
        var places = positions(of: result)
        for change in patch {
            let key = try key(of: change)
            if let place = places[key], let members = result[place].object, let changes = change.object {
                result[place] = .object(try merge.merged(members, with: changes, shape: rule.shape))
            } else {
                places[key] = result.count
                result.append(StrategicMerge.plain(change) ?? change)
            }
        }
        return try ordered(result, first: patch, then: original)
    }

    /// Handles the elements of the patch that are directives; returns what is left of both lists.
    private func afterDirectives(
        _ original: [JSONValue],
        _ patch: [JSONValue]
    ) throws(PatchError) -> (original: [JSONValue], patch: [JSONValue]) {
        var deleted: Set<JSONValue> = []
        var changes: [JSONValue] = []
        var isReplaced = false
        for element in patch {
            guard let directive = element["$patch"] else {
                changes.append(element)
                continue
            }
            switch directive.string {
            case "delete": deleted.insert(try key(of: element))
            case "replace": isReplaced = true
            case "merge": throw PatchError(.malformed, "merging lists cannot yet be specified in the patch")
            default: throw PatchError(.malformed, "unknown patch type in an element of a list")
            }
        }
        if isReplaced { return (changes.compactMap(StrategicMerge.plain), []) }
        guard !deleted.isEmpty else { return (original, changes) }
        return (original.filter { element in elementKey(element).map { !deleted.contains($0) } ?? true }, changes)
    }

    // MARK: Order

    /// The order in which upstream sees the present elements when it puts a merged list into order.
    ///
    /// Its list is changed in place while it is merged: for each element that is deleted, one that is new shows up at the
    /// end.
    func order(of present: [JSONValue], after patch: [JSONValue]) -> [JSONValue] {
        let keys = { (elements: [JSONValue]) in Set(elements.compactMap(elementKey)) }
        let deleted = keys(patch.filter { $0["$patch"] == "delete" })
        guard !deleted.isEmpty else { return present }
        let kept = present.filter { element in elementKey(element).map { !deleted.contains($0) } ?? true }
        var known = keys(kept)
        let new = patch.filter { element in
            element["$patch"] == nil && (elementKey(element).map { known.insert($0).inserted } ?? false)
        }
        return kept + new.prefix(present.count - kept.count)
    }

    /// Elements that `order` has in its order; the others stay in that of `present`, and between those that they were
    /// between, as far as both can be.
    func ordered(
        _ elements: [JSONValue],
        first order: [JSONValue],
        then present: [JSONValue]
    ) throws(PatchError) -> [JSONValue] {
        _ = try areObjects(elements, order)
        let places = positions(of: order)
        let presentPlaces = positions(of: present)
        var first: [(place: Int, element: JSONValue)] = []
        var others: [(place: Int, element: JSONValue)] = []
        for element in elements {
            let key = try key(of: element)
            if let place = places[key] {
                first.append((place, element))
            } else {
                others.append((presentPlaces[key] ?? .max, element))
            }
        }
        // The sort is stable.
        first.sort { $0.place < $1.place }
        others.sort { $0.place < $1.place }
        return interleaved(others: others.map(\.element), ordered: first.map(\.element), by: presentPlaces)
    }

    private func interleaved(
        others: [JSONValue],
        ordered: [JSONValue],
        by places: [JSONValue: Int]
    ) -> [JSONValue] {
        var result: [JSONValue] = []
        result.reserveCapacity(others.count + ordered.count)
        var next = others.makeIterator()
        var other = next.next()
        for element in ordered {
            let place = elementKey(element).flatMap { places[$0] }
            while let present = other, let place, let otherPlace = elementKey(present).flatMap({ places[$0] }),
                otherPlace < place
            {
                result.append(present)
                other = next.next()
            }
            result.append(element)
        }
        while let present = other {
            result.append(present)
            other = next.next()
        }
        return result
    }

    private static func distinct(_ values: [JSONValue], except: Set<JSONValue>) -> [JSONValue] {
        var seen = except
        return values.filter { seen.insert($0.comparable).inserted }
    }

    /// Refuses a patch whose elements are not among those of `order`, or in another order.
    func check(_ patch: [JSONValue], against order: [JSONValue]) throws(PatchError) {
        if patch.isEmpty || order.isEmpty { return }
        _ = try areObjects(patch, order)
        var rest = order[...]
        for element in patch where element["$patch"] == nil {
            let key = try key(of: element)
            while let candidate = rest.first, try self.key(of: candidate) != key { rest.removeFirst() }
            guard !rest.isEmpty else {
                throw PatchError(.malformed, "The order in patch list doesn't match $setElementOrder list")
            }
            rest.removeFirst()
        }
    }

    // MARK: Keys

    /// What tells an element apart: its merge key, or the plain value itself.
    private func key(of element: JSONValue) throws(PatchError) -> JSONValue {
        guard let key = elementKey(element) else {
            throw PatchError(.malformed, "map does not contain declared merge key: \(rule.mergeKey ?? "")")
        }
        return key
    }

    private func elementKey(_ element: JSONValue) -> JSONValue? {
        switch element {
        case .object(let members): rule.mergeKey.flatMap { members[$0]?.comparable }
        default: element.comparable
        }
    }

    /// Where the first element of each key stands.
    private func positions(of elements: [JSONValue]) -> [JSONValue: Int] {
        var positions: [JSONValue: Int] = [:]
        positions.reserveCapacity(elements.count)
        for (position, element) in elements.enumerated() {
            guard let key = elementKey(element), positions[key] == nil else { continue }
            positions[key] = position
        }
        return positions
    }

    /// Whether the elements are objects; refuses lists of lists, and lists whose elements are not all of one kind.
    private func areObjects(_ lists: [JSONValue]...) throws(PatchError) -> Bool {
        var areObjects: Bool?
        for list in lists {
            for element in list {
                if case .array = element { throw PatchError(.inapplicable, "lists of lists are not supported") }
                let isObject = element.object != nil
                guard areObjects == nil || areObjects == isObject else {
                    throw PatchError(.malformed, "list element types are not identical")
                }
                areObjects = isObject
            }
        }
        return areObjects ?? false
    }
}
