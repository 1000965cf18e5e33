import JSON

/// An object of a manifest, as JSON: where it is and what it says of its own kind.
struct ManifestItem {
    /// Stands at the object.
    let reader: JSONReader
    /// Where the object stands in its document: empty, or in a list.
    let path: FieldPath
    /// The lines of the document.
    let lines: LineTable

    private(set) var apiVersion = ""
    private(set) var kind = ""
    /// The list's items; nil for what has none.
    private(set) var items: JSONReader.Position?

    /// The namespace of objects that name none.
    static let defaultNamespace = "default"

    private enum Field: String, CaseIterable {
        case apiVersion, kind, items
    }

    private static let fields = JSONFields<Field>()

    /// The object that the reader stands at.
    ///
    /// - Parameter resource: The kind of an object that does not say; nil where it must.
    init(
        _ reader: JSONReader,
        path: FieldPath = FieldPath(),
        lines: LineTable,
        default resource: ResourceType? = nil
    ) throws(JSONError) {
        var reader = reader
        reader.skipWhitespace()
        self.reader = reader
        self.path = path
        self.lines = lines
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .apiVersion: apiVersion = try reader.readString()
            case .kind: kind = try reader.readString()
            case .items:
                items = reader.position
                try reader.skipValue()
            }
        }
        if let resource, kind.isEmpty { kind = resource.kind }
        if let resource, apiVersion.isEmpty { apiVersion = resource.apiVersion }
    }

    /// The line on which it begins.
    var line: Int { lines.line(of: reader.offset) }

    /// The line of a field, or of what is around it where it is not there.
    func line(of field: FieldPath) -> Int {
        lines.line(of: reader.offset(of: field, from: reader.offset))
    }

    /// Its namespace and name, as far as it has any.
    var identity: ObjectIdentity { ObjectIdentity(in: reader, from: reader.offset) }

    /// An error about one of its fields.
    ///
    /// - Parameter resource: Its kind; nil where that is in doubt.
    func error(_ field: FieldPath, _ reason: String, of resource: ResourceType? = nil) -> ObjectError {
        let identity = identity
        return ObjectError(
            kind: resource?.kind,
            namespace: identity.namespace ?? (resource?.namespaced == true ? Self.defaultNamespace : nil),
            name: identity.name,
            field: absolute(field),
            reason: reason
        )
    }

    /// The path from the document of a field of the object.
    func absolute(_ field: FieldPath) -> FieldPath { FieldPath(path.elements + field.elements) }

    /// Whether it is of this kind and group, in any version.
    func isOf(_ resource: ResourceType) -> Bool {
        kind == resource.kind && isInGroup(of: resource)
    }

    /// Whether it is a list of objects of this kind, which need not say it again.
    func isList(of resource: ResourceType) -> Bool {
        kind == "\(resource.kind)List" && apiVersion == resource.apiVersion
    }

    /// Whether somebody meant this kind but wrote it as nobody reads it: `service`, `Services`.
    func isMeantToBe(of resource: ResourceType) -> Bool {
        [resource.kind.lowercased(), resource.plural].contains(kind.lowercased()) && isInGroup(of: resource)
    }

    private func isInGroup(of resource: ResourceType) -> Bool {
        guard let slash = apiVersion.firstIndex(of: "/") else { return resource.group.isEmpty }
        return apiVersion[..<slash] == resource.group
    }
}
