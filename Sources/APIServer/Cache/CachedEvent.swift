import NIOCore
import Storage
import Synchronization

/// A change of one object, as watchers are told.
///
/// Its encodings are shared by all watchers of the kind: each is made when the first one needs it.
final class CachedEvent: Sendable {
    /// The object from then on; where it was deleted, its last state at the revision of the deletion.
    let object: CachedObject
    /// The object before; nil where there was none.
    let previous: CachedObject?
    /// Whether the object is gone.
    let isDeletion: Bool
    private let frames = Mutex<[FrameKey: ByteBuffer]>([:])

    /// What tells the encodings of an event apart.
    struct FrameKey: Hashable, Sendable {
        /// What the watcher is told.
        var type: EventType
        /// In which form.
        var form: EventForm
    }

    init(object: CachedObject, previous: CachedObject?, isDeletion: Bool) {
        self.object = object
        self.previous = previous
        self.isDeletion = isDeletion
    }

    /// What a watch is told from whose selection the object goes: its state before, at the revision of the event, as
    /// upstream's `cacheWatcher.convertToWatchEvent` has it.
    func lastSelected(head: ObjectHead) -> CachedObject {
        guard !isDeletion, let previous else { return object }
        return previous.deleted(at: revision, head: head)
    }

    /// When it happened.
    var revision: Revision { object.revision }

    /// About how much memory the event holds that the cache does not.
    var byteCount: Int { (previous?.bytes.count ?? 0) + (isDeletion ? object.bytes.count : 0) + 200 }

    /// The encoding, made by `make` where nobody needed it before; nil where that fails.
    func frame(_ type: EventType, _ form: EventForm, make: () -> ByteBuffer?) -> ByteBuffer? {
        let key = FrameKey(type: type, form: form)
        // Made under the lock: whoever comes second waits for the first instead of making it again.
        return frames.withLock { frames in
            if let present = frames[key] { return present }
            let made = make()
            frames[key] = made
            return made
        }
    }

    /// Forgets the encodings, as hardly anybody will need them again.
    func dropFrames() {
        frames.withLock { $0 = [:] }
    }
}

/// What a watch says of an object.
enum EventType: String, Sendable, Hashable {
    /// It came to be, or came into the selection.
    case added = "ADDED"
    /// It changed.
    case modified = "MODIFIED"
    /// It was deleted, or left the selection.
    case deleted = "DELETED"
    /// It says only how far the watch has come.
    case bookmark = "BOOKMARK"
    /// The watch cannot go on; the object is a `Status`.
    case error = "ERROR"
}

/// Encodings of events that are the same for all watchers.
enum EventForm: Sendable, Hashable {
    /// Lines of JSON.
    case json
    /// Frames of `application/vnd.kubernetes.protobuf;stream=watch`.
    case protobuf
    /// Lines of JSON with the metadata only.
    case partialJSON
}
