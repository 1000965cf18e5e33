import JSON
import Storage
import Synchronization

/// One version of one object, as it is served.
///
/// Its bytes are there once; what is made from them (protobuf) is made when first asked for, and kept.
final class CachedObject: Sendable {
    /// The key in the store.
    let key: String
    /// When it was written: its `resourceVersion`.
    let revision: Revision
    /// JSON, beginning with its kind's ``ObjectHead``.
    let bytes: [UInt8]
    /// Where in the bytes the object with its labels stands; empty where it has none.
    private let labelStart: Int32
    private let labelEnd: Int32
    private let protobuf = Mutex<[UInt8]?>(nil)
    private let selectable = Mutex<[String: String]?>(nil)

    /// - Parameter bytes: As served, with the revision in it.
    init(key: String, revision: Revision, bytes: [UInt8]) {
        self.key = key
        self.revision = revision
        self.bytes = bytes
        let labels = Self.findLabels(in: bytes)
        labelStart = Int32(clamping: labels.lowerBound)
        labelEnd = Int32(clamping: labels.upperBound)
    }

    /// Nil where the value is no object.
    convenience init?(_ stored: StoredValue, head: ObjectHead) {
        guard let bytes = head.served(stored.value, revision: stored.modRevision) else { return nil }
        self.init(key: stored.key, revision: stored.modRevision, bytes: bytes)
    }

    /// What it says of itself at the moment of its deletion.
    func deleted(at revision: Revision, head: ObjectHead) -> CachedObject {
        CachedObject(key: key, revision: revision, bytes: head.served(bytes, at: self.revision, now: revision))
    }

    /// The object as a tree.
    var value: JSONValue? { try? JSONValue(json: bytes) }

    /// The labels.
    var labels: [String: String] {
        guard labelEnd > labelStart else { return [:] }
        var reader = JSONReader(bytes[Int(labelStart)..<Int(labelEnd)])
        return (try? reader.readStringMap()) ?? [:]
    }

    /// Whether it has any label.
    var hasLabels: Bool { labelEnd > labelStart }

    /// The object in protobuf without its envelope, made by `encode` where nobody asked before; nil where that fails.
    func protobuf(_ encode: (CachedObject) -> [UInt8]?) -> [UInt8]? {
        if let present = protobuf.withLock({ $0 }) { return present }
        let made = encode(self)
        protobuf.withLock { $0 = made }
        return made
    }

    /// The fields that selectors can name, found by `find` where nobody asked before.
    func fields(_ find: (CachedObject) -> [String: String]) -> [String: String] {
        if let present = selectable.withLock({ $0 }) { return present }
        let found = find(self)
        selectable.withLock { $0 = found }
        return found
    }

    private enum ObjectField: String, CaseIterable { case metadata }
    private enum MetadataField: String, CaseIterable { case labels }
    private static let objectFields = JSONFields<ObjectField>()
    private static let metadataFields = JSONFields<MetadataField>()

    private static func findLabels(in bytes: [UInt8]) -> Range<Int> {
        var reader = JSONReader(bytes)
        do throws(JSONError) {
            try reader.beginObject()
            guard try reader.nextField(of: objectFields) != nil else { return 0..<0 }
            try reader.beginObject()
            guard try reader.nextField(of: metadataFields) != nil else { return 0..<0 }
            let start = reader.offset
            try reader.skipValue()
            return start..<reader.offset
        } catch {
            return 0..<0
        }
    }
}
