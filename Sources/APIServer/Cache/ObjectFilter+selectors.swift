import APIRegistry
import JSON
import KubernetesAPI

extension ObjectFilter {
    /// The objects of a kind that selectors name.
    ///
    /// - Parameter namespace: Only objects of this one; nil for all, and for kinds that have none.
    init(_ kind: KindDefinition, namespace: String?, labels: LabelSelector, fields: FieldSelector) {
        let prefix = kind.storagePrefix
        let namespace = kind.resource.namespaced ? namespace ?? fields.required("metadata.namespace") : nil
        self.init(keyPrefix: namespace.map { "\(prefix)\($0)/" } ?? prefix)
        if let name = fields.required("metadata.name"), namespace != nil || !kind.resource.namespaced {
            key = keyPrefix + name
        }
        if !labels.isEmpty { self.labels = { labels.matches($0) } }
        if !fields.isEmpty {
            let isNamespaced = kind.resource.namespaced
            self.fields = { object in
                let path = object.key.dropFirst(prefix.count)
                let slash = isNamespaced ? path.firstIndex(of: "/") : nil
                return fields.matches { field in
                    switch field {
                    case "metadata.name": slash.map { String(path[path.index(after: $0)...]) } ?? String(path)
                    case "metadata.namespace": slash.map { String(path[..<$0]) } ?? ""
                    default: object.field(field, of: kind)
                    }
                }
            }
        }
    }
}

extension CachedObject {
    /// A field that selectors can name; nil for others.
    func field(_ name: String, of kind: KindDefinition) -> String? {
        fields { object in
            let value = object.value ?? .null
            return kind.selectableFields.mapValues { $0(value) }
        }[name]
    }
}
