import APISchema
public import JSON
import KubernetesAPI

extension FieldSelector {
    private static let everywhere: Set<String> = ["metadata.name", "metadata.namespace"]

    /// Refuses fields that objects of the kind cannot be selected by.
    public func check(against kind: KindDefinition) throws(SelectorError) {
        for term in terms {
            let field = term.field
            if field == "metadata.name" || kind.selectableFields[field] != nil { continue }
            if field == "metadata.namespace", kind.resource.namespaced || kind.selectableFields.isEmpty { continue }
            throw SelectorError(
                kind.selectableFields.isEmpty
                    ? "\(field.goQuoted) is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                    : "field label not supported: \(field)"
            )
        }
    }

    /// Whether an object of the kind is selected.
    public func matches(_ object: JSONValue, of kind: KindDefinition) -> Bool {
        matches { field in
            if let value = kind.selectableFields[field] { return value(object) }
            switch field {
            case "metadata.name": return object["metadata"]?["name"]?.string
            case "metadata.namespace": return object["metadata"]?["namespace"]?.string
            default: return nil
            }
        }
    }

    /// Whether it demands nothing but a name and a namespace, so that keys tell what is selected.
    public var isOfNamesOnly: Bool { terms.allSatisfy { Self.everywhere.contains($0.field) } }
}
