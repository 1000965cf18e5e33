import JSON
import KubernetesAPI
import Storage

/// What the bytes of every object of a kind begin with, in the store and as they are served.
///
/// Objects are written once, as `{"kind":…,"apiVersion":…,"metadata":{…},…}` without white space, and with no
/// `resourceVersion`: that is the revision at which the store holds them, and is put in when they are read.
struct ObjectHead: Sendable {
    /// `{"kind":"Service","apiVersion":"v1","metadata":{`.
    let bytes: [UInt8]
    /// How many of the first bytes a list leaves out: `{"kind":"Service","apiVersion":"v1",`.
    let itemStart: Int

    /// The beginning of that kind's objects.
    init(_ resource: ResourceType) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("kind", resource.kind)
        writer.member("apiVersion", resource.apiVersion)
        var bytes = writer.bytes + [UInt8(ascii: ",")]
        itemStart = bytes.count
        bytes += Array(#""metadata":{"#.utf8)
        self.bytes = bytes
    }

    /// The bytes to store of an object: its kind first, no `resourceVersion`.
    func stored(_ object: JSONValue) -> [UInt8] {
        var metadata = object["metadata"]?.object ?? JSONObject()
        metadata["resourceVersion"] = nil
        var writer = JSONWriter()
        writer.beginObject()
        for member in object.object ?? JSONObject() where !Self.first.contains(member.name) {
            writer.name(member.name)
            writer.value(member.value)
        }
        writer.endObject()
        let rest = writer.bytes.dropFirst()
        // An object of the API always has a name, so that neither part is empty by accident.
        let inner = JSONValue.object(metadata).json.dropFirst()
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + inner.count + rest.count + 1)
        result += bytes
        result += inner
        if rest.count > 1 { result.append(UInt8(ascii: ",")) }
        result += rest
        return result
    }

    private static let first: Set<String> = ["kind", "apiVersion", "metadata"]

    /// The object as it is served: the store's bytes with the revision in its metadata.
    ///
    /// Nil for bytes that are no object of this kind.
    func served(_ value: [UInt8], revision: Revision) -> [UInt8]? {
        guard value.starts(with: bytes), value.count > bytes.count else { return rewritten(value, revision: revision) }
        let version = Self.member(revision)
        let isEmpty = value[bytes.count] == UInt8(ascii: "}")
        var result: [UInt8] = []
        result.reserveCapacity(value.count + version.count)
        result += bytes
        result += isEmpty ? version.dropLast() : version[...]
        result += value[bytes.count...]
        return result
    }

    /// The same object at another revision.
    func served(_ object: [UInt8], at old: Revision, now revision: Revision) -> [UInt8] {
        let oldCount = Self.member(old).count
        let version = Self.member(revision)
        var result: [UInt8] = []
        result.reserveCapacity(object.count - oldCount + version.count)
        result += bytes
        result += version
        result += object[min(bytes.count + oldCount, object.count)...]
        return result
    }

    /// Something that was not written by us in this form, such as by an older version.
    private func rewritten(_ value: [UInt8], revision: Revision) -> [UInt8]? {
        guard let object = try? JSONValue(json: value), object["metadata"]?.object != nil else { return nil }
        let again = stored(object)
        guard again.starts(with: bytes), again.count > bytes.count else { return nil }
        return served(again, revision: revision)
    }

    private static func member(_ revision: Revision) -> [UInt8] {
        Array(#""resourceVersion":"\#(revision)","#.utf8)
    }
}
