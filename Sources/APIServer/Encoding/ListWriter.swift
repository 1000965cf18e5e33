import APIRegistry
import APISchema
import JSON
import KubernetesAPI

/// Writes lists in all forms.
struct ListWriter: Sendable {
    /// Writes the objects.
    let encoder: ObjectEncoder

    /// The body of an answer; nil where the list cannot be written so.
    func body(_ list: ObjectList, _ form: ResponseForm) -> Reply.Body? {
        switch (form.format, form.shape) {
        case (.protobuf, _): protobuf(list)
        case (_, .table):
            encoder.table(list.objects, metadata: list.metadata, form, hasColumns: true).map { .bytes($0) }
        case (_, .metadata(let version)): .list(partial(list, version: version))
        default: .list(json(list))
        }
    }

    private func json(_ list: ObjectList) -> ListBody {
        let resource = encoder.kind.resource
        let item: ListBody.Item
        if encoder.isStoredForm {
            item = .json(from: encoder.head.itemStart)
        } else {
            item = .converted { [encoder] in encoder.json($0) }
        }
        let (start, end) = frame(kind: "\(resource.kind)List", apiVersion: resource.apiVersion, list)
        return ListBody(start: start, objects: list.objects, end: end, item: item)
    }

    private func partial(_ list: ObjectList, version: String) -> ListBody {
        let (start, end) = frame(kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/\(version)", list)
        let item = ListBody.Item.converted { [encoder] in encoder.partial($0, version: version) }
        return ListBody(start: start, objects: list.objects, end: end, item: item)
    }

    private func frame(kind: String, apiVersion: String, _ list: ObjectList) -> (start: [UInt8], end: [UInt8]) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("kind", kind)
        writer.member("apiVersion", apiVersion)
        writer.name("metadata")
        writer.value(list.metadata)
        writer.name("items")
        writer.beginArray()
        return (writer.bytes, Array("]}".utf8))
    }

    /// Field 1 of every list is its `ListMeta`, field 2 its items.
    private func protobuf(_ list: ObjectList) -> Reply.Body? {
        let resource = encoder.kind.resource
        guard encoder.protobuf.encoder.canEncode(message: encoder.kind.schema) else { return nil }
        guard let metadata = encoder.protobuf.message(list.metadata, schema: ProtobufWriter.listMeta) else {
            return nil
        }
        // The envelope begins with the length of everything, so that all items are made before the first byte is sent.
        var size = 1 + ProtobufWriter.varintSize(metadata.count) + metadata.count
        var items: [CachedObject] = []
        items.reserveCapacity(list.objects.count)
        for object in list.objects {
            guard let message = encoder.message(object) else { continue }
            items.append(object)
            size += 1 + ProtobufWriter.varintSize(message.count) + message.count
        }
        var start = ProtobufEnvelope.start(
            apiVersion: resource.apiVersion,
            kind: "\(resource.kind)List",
            messageCount: size
        )
        start += ProtobufWriter.field(1, metadata)
        let item = ListBody.Item.delimited(tag: 2 << 3 | 2) { [encoder] in encoder.message($0) }
        return .list(ListBody(start: start, objects: items, end: ProtobufEnvelope.end, item: item))
    }
}

extension ObjectList {
    /// `metadata` of the list.
    var metadata: JSONValue {
        var metadata: JSONValue = ["resourceVersion": .string("\(revision)")]
        if let continuation { metadata["continue"] = .string(continuation.text) }
        if let remainingCount { metadata["remainingItemCount"] = .integer(remainingCount) }
        return metadata
    }
}
