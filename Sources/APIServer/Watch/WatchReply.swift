import APIRegistry
import NIOCore
import Storage

/// A watch that is to be answered.
struct WatchReply: Sendable {
    /// The kind.
    var kind: KindDefinition
    /// Nil for all, and for kinds that have none.
    var namespace: String?
    /// What is asked.
    var options: WatchOptions
    /// In which form.
    var form: ResponseForm

    /// Encodes what the watch tells.
    func encoder(_ objects: ObjectRegistry) -> WatchEncoder {
        let filter = ObjectFilter(kind, namespace: namespace, labels: options.list.labels, fields: options.list.fields)
        return WatchEncoder(filter: filter, form: form, encoder: objects.encoder(of: kind))
    }
}
