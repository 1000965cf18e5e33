import JSON

/// Puts together what a file holds, document by document.
struct ManifestBuilder {
    private(set) var manifest: Manifest
    /// The line on which each object is defined, by kind, namespace and name.
    private var definitions: [[String]: Int] = [:]

    /// The kinds that manifests are read for.
    private static let kinds: [any ManifestKind.Type] = [
        Service.self, EndpointSlice.self, Node.self, ServiceCIDR.self,
    ]
    /// How many unknown fields of one object are told.
    private static let unknownFieldLimit = 8

    init(file: String) {
        manifest = Manifest(file: file)
    }

    mutating func add(_ error: ObjectError, line: Int?) {
        manifest.errors.append(ManifestError(file: manifest.file, line: line, error: error))
    }

    // MARK: Documents and lists

    /// Adds the object, or the objects of the list, that the reader is at.
    mutating func addDocument(_ reader: JSONReader, lines: LineTable) {
        do {
            try add(ManifestItem(reader, lines: lines))
        } catch {
            add(ObjectError(error, kind: nil, in: reader, from: reader.offset), line: lines.line(of: error.offset))
        }
    }

    private mutating func add(_ item: ManifestItem) throws(JSONError) {
        guard !item.kind.isEmpty, !item.apiVersion.isEmpty else {
            add(item.error(item.kind.isEmpty ? "kind" : "apiVersion", "Required value"), line: item.line)
            return
        }
        if let type = Self.kinds.first(where: { item.isOf($0.resource) }) {
            let known = type.resource.apiVersion
            guard item.apiVersion == known else {
                let reason = "Unsupported value: \(item.apiVersion.quoted): supported values: \(known.quoted)"
                add(item.error("apiVersion", reason, of: type.resource), line: item.line(of: "apiVersion"))
                return
            }
            addUnknownFields(of: item, type)
            addObject(item, type)
        } else if let type = Self.kinds.first(where: { item.isMeantToBe(of: $0.resource) }) {
            let reason = "Invalid value: \(item.kind.quoted): write \(type.resource.kind)"
            add(item.error("kind", reason), line: item.line(of: "kind"))
        } else if let items = item.items, item.kind == "List", item.apiVersion == "v1" {
            try addItems(items, of: item, default: nil)
        } else if let items = item.items, let type = Self.kinds.first(where: { item.isList(of: $0.resource) }) {
            try addItems(items, of: item, default: type.resource)
        } else {
            addOther(item)
        }
    }

    private mutating func addItems(
        _ items: JSONReader.Position,
        of list: ManifestItem,
        default resource: ResourceType?
    ) throws(JSONError) {
        var reader = list.reader
        reader.rewind(to: items)
        try reader.beginArray()
        var index = 0
        while try reader.nextElement() {
            let path = list.path.field("items")[index]
            reader.skipWhitespace()
            do {
                try add(ManifestItem(reader, path: path, lines: list.lines, default: resource))
            } catch {
                addUnreadable(error, in: reader, at: path, lines: list.lines, resource)
            }
            try reader.skipValue()
            index += 1
        }
    }

    private mutating func addOther(_ item: ManifestItem) {
        let identity = item.identity
        let object = ManifestObject.other(
            apiVersion: item.apiVersion,
            kind: item.kind,
            namespace: identity.namespace,
            name: identity.name
        )
        manifest.entries.append(Manifest.Entry(line: item.line, object: object))
    }

    // MARK: Objects

    private mutating func addObject<Object: ManifestKind>(_ item: ManifestItem, _ type: Object.Type) {
        var object: Object
        do {
            var reader = item.reader
            object = try Object(json: &reader)
        } catch {
            addUnreadable(error, in: item.reader, at: item.path, lines: item.lines, Object.resource)
            return
        }
        if Object.resource.namespaced, object.metadata.namespace == nil {
            object.metadata.namespace = ManifestItem.defaultNamespace
        }
        object.fillInDefaults()
        let errors = object.validationErrors() + object.missingAssignments()
        for var error in errors {
            let line = item.line(of: error.field)
            error.field = item.absolute(error.field)
            add(error, line: line)
        }
        guard errors.isEmpty else { return }
        let metadata = object.metadata
        let key = [Object.resource.kind, metadata.namespace ?? "", metadata.name]
        if let first = definitions[key] {
            let reason = "is defined a second time, first on line \(first); the first one is used, remove the other"
            add(item.error(FieldPath(), reason, of: Object.resource), line: item.line)
            return
        }
        definitions[key] = item.line
        manifest.entries.append(Manifest.Entry(line: item.line, object: object.manifestObject))
    }

    /// - Parameter reader: Stands at the object.
    private mutating func addUnreadable(
        _ error: JSONError,
        in reader: JSONReader,
        at path: FieldPath,
        lines: LineTable,
        _ resource: ResourceType?
    ) {
        var objectError = ObjectError(error, kind: resource?.kind, in: reader, from: reader.offset)
        objectError.field = FieldPath(path.elements + objectError.field.elements)
        if resource?.namespaced == true, objectError.namespace == nil {
            objectError.namespace = ManifestItem.defaultNamespace
        }
        add(objectError, line: lines.line(of: error.offset))
    }

    /// Tells fields that there are not; the object is used without them, as an API server does that is not asked to be
    /// strict.
    private mutating func addUnknownFields(of item: ManifestItem, _ type: any ManifestKind.Type) {
        for field in type.schema.unknownFields(in: item.reader, limit: Self.unknownFieldLimit) {
            // The name is not in its own value, but in that of the object around it.
            let path = item.reader.path(of: field.offset, from: item.reader.offset).field(field.name)
            let remedy = field.similar.map { "write \($0)" } ?? "it is ignored"
            let error = item.error(path, "unknown field; \(remedy)", of: type.resource)
            add(error, line: item.lines.line(of: field.offset))
        }
    }
}
