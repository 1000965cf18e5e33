import APIRegistry
import APISchema
import JSON
import KubernetesAPI
import NIOCore
import Storage

/// Writes objects of one kind in all forms, from the bytes that the cache holds.
struct ObjectEncoder: Sendable {
    /// The kind that is asked for.
    let kind: KindDefinition
    /// What objects begin with in the cache, and in answers.
    let head: ObjectHead
    /// Makes protobuf of objects.
    let protobuf: ProtobufWriter

    init(kind: KindDefinition, protobuf: ProtobufWriter) {
        self.kind = kind
        self.protobuf = protobuf
        head = ObjectHead(kind.resource)
    }

    /// Whether objects are served as the cache holds them; otherwise each is converted when it is asked for.
    var isStoredForm: Bool { kind.conversion == nil }

    // MARK: Objects

    /// The object's JSON.
    func json(_ object: CachedObject) -> [UInt8] {
        guard let conversion = kind.conversion else { return object.bytes }
        guard let value = object.value else { return [] }
        return head.served(head.stored(conversion.fromStored(value)), revision: object.revision) ?? []
    }

    /// The object as a tree, in the kind that is asked for.
    func value(_ object: CachedObject) -> JSONValue {
        let value = object.value ?? .object(JSONObject())
        return kind.conversion?.fromStored(value) ?? value
    }

    /// The object as the only content of an answer.
    func answer(_ object: CachedObject, _ form: ResponseForm) -> [UInt8]? {
        switch (form.format, form.shape) {
        case (.protobuf, _):
            guard let message = message(object) else { return nil }
            return protobuf.envelope(kind.resource, message)
        case (_, .metadata(let version)):
            return partial(object, version: version)
        default:
            return json(object)
        }
    }

    /// The object in protobuf, without an envelope.
    func message(_ object: CachedObject) -> [UInt8]? {
        guard isStoredForm else { return protobuf.message(value(object), schema: kind.schema) }
        return object.protobuf { protobuf.message($0, schema: kind.schema) }
    }

    /// The object's metadata as `PartialObjectMetadata`.
    func partial(_ object: CachedObject, version: String) -> [UInt8] {
        PartialObject.json(of: object.bytes, version: version)
    }

    // MARK: Events

    /// An event of a watch; nil where the object cannot be written so.
    func frame(_ type: EventType, _ object: CachedObject, _ form: ResponseForm) -> ByteBuffer? {
        guard let answer = answer(object, form) else { return nil }
        return frame(type, answer, form)
    }

    /// An event of a watch about something that is written already.
    func frame(_ type: EventType, _ object: [UInt8], _ form: ResponseForm) -> ByteBuffer {
        if form.format == .protobuf {
            return ByteBuffer(bytes: ProtobufEnvelope.watchFrame(type: type.rawValue, object: object))
        }
        let start = #"{"type":"\#(type.rawValue)","object":"#
        var buffer = ByteBuffer()
        buffer.reserveCapacity(start.utf8.count + object.count + 2)
        buffer.writeString(start)
        buffer.writeBytes(object)
        buffer.writeStaticString("}\n")
        return buffer
    }

    /// A row of a table as an event; the columns come with the first one.
    func tableFrame(
        _ type: EventType,
        _ object: CachedObject,
        _ form: ResponseForm,
        _ progress: inout WatchEncoder.Progress
    ) -> ByteBuffer? {
        if case .table = form.shape {
            let metadata: JSONValue = ["resourceVersion": .string("\(object.revision)")]
            guard let table = table([object], metadata: metadata, form, hasColumns: !progress.hasColumns) else {
                return nil
            }
            progress.hasColumns = true
            return frame(type, table, form)
        }
        return frame(type, object, form)
    }

    // MARK: Tables

    /// The table of these objects; nil where another form was asked for.
    ///
    /// - Parameter metadata: Of the list, or of the only object.
    func table(_ objects: [CachedObject], metadata: JSONValue, _ form: ResponseForm, hasColumns: Bool) -> [UInt8]? {
        guard case .table(let version, let inclusion) = form.shape else { return nil }
        let table = ObjectTable(columns: kind.columns, version: version, including: inclusion, now: .now)
        return table.json(objects.map(\.bytes), metadata: metadata, hasColumns: hasColumns)
    }

    /// How far a watch has come: an object of the kind that has nothing but a `resourceVersion`.
    func bookmark(_ revision: Revision, endsInitialEvents: Bool, _ form: ResponseForm) -> ByteBuffer? {
        var metadata: JSONValue = ["resourceVersion": .string("\(revision)")]
        if endsInitialEvents { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        var apiVersion = kind.resource.apiVersion
        var name = kind.resource.kind
        if case .metadata(let version) = form.shape {
            (name, apiVersion) = ("PartialObjectMetadata", "meta.k8s.io/\(version)")
        }
        if case .table(let version, _) = form.shape { (name, apiVersion) = ("Table", "meta.k8s.io/\(version)") }
        var object: JSONValue = ["kind": .string(name), "apiVersion": .string(apiVersion), "metadata": metadata]
        if form.format == .protobuf {
            guard let message = protobuf.message(object, schema: kind.schema) else { return nil }
            return frame(.bookmark, protobuf.envelope(kind.resource, message), form)
        }
        if case .table = form.shape {
            object["columnDefinitions"] = []
            object["rows"] = []
        }
        return frame(.bookmark, object.json, form)
    }
}
