import NIOCore
import Storage

/// What one watch selects, and how it is told: pure.
struct WatchEncoder: Sendable {
    /// Which objects.
    var filter: ObjectFilter
    /// In which form.
    var form: ResponseForm
    /// How objects of the kind are written.
    var encoder: ObjectEncoder

    /// What a watch remembers of what it has told.
    struct Progress: Sendable {
        /// Whether the columns of a table were told: they are told once.
        var hasColumns = false
    }

    /// What the watcher is told of a change; nil where it is none of its business.
    func frame(for event: CachedEvent, progress: inout Progress) -> ByteBuffer? {
        guard let type = type(of: event) else { return nil }
        let object = type == .deleted ? event.lastSelected(head: encoder.head) : event.object
        guard encoder.isStoredForm, let shared = form.shared else {
            return encoder.tableFrame(type, object, form, &progress)
        }
        return event.frame(type, shared) { encoder.frame(type, object, form) }
    }

    /// What the watcher is told of an object that was there before it came.
    func initialFrame(for object: CachedObject, progress: inout Progress) -> ByteBuffer? {
        guard filter.matches(object) else { return nil }
        if form.shared == nil { return encoder.tableFrame(.added, object, form, &progress) }
        return encoder.frame(.added, object, form)
    }

    /// How far the watch has come.
    func bookmark(_ revision: Revision, endsInitialEvents: Bool = false) -> ByteBuffer? {
        encoder.bookmark(revision, endsInitialEvents: endsInitialEvents, form)
    }

    private func type(of event: CachedEvent) -> EventType? {
        guard filter.contains(event.object.key) else { return nil }
        let isIn = !event.isDeletion && filter.selects(event.object)
        let wasIn = event.previous.map { filter.selects($0) } ?? false
        return switch (wasIn, isIn) {
        case (false, true): .added
        case (true, true): .modified
        case (true, false): .deleted
        case (false, false): nil
        }
    }
}
