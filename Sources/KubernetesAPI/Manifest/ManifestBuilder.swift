/// Puts together what a file holds, document by document.
struct ManifestBuilder {
    private(set) var manifest: Manifest
    /// Where each object was defined, by kind, namespace and name.
    private var definitions: [[String]: Int] = [:]

    /// The kinds that manifests are read for.
    private static let kinds: [any ManifestKind.Type] = [
        Service.self, EndpointSlice.self, Node.self, ServiceCIDR.self,
    ]

    /// The namespace of objects that name none.
    private static let defaultNamespace = "default"
    /// How many unknown fields of one object are told.
    private static let unknownFieldLimit = 8

    init(file: String) {
        manifest = Manifest(file: file)
    }

    mutating func add(_ error: ObjectError, line: Int?) {
        manifest.errors.append(ManifestError(file: manifest.file, line: line, error: error))
    }

    // MARK: Documents

    /// What an object says of its own kind.
    private struct Header {
        var apiVersion: String?
        var kind: String?
        var items: JSONReader.Position?
    }

    private enum HeaderField: String, CaseIterable {
        case apiVersion, kind, items
    }

    private static let headerFields = JSONFields<HeaderField>()

    /// Adds the object, or the objects of the list, that the reader is at.
    mutating func addDocument(_ reader: JSONReader, lines: LineTable) {
        var reader = reader
        reader.skipWhitespace()
        let start = reader.position
        do {
            let header = try Self.header(&reader)
            reader.rewind(to: start)
            addObject(reader, header: header, at: FieldPath(), lines: lines)
        } catch {
            add(ObjectError(error, kind: nil, in: reader, from: start.offset), line: lines.line(of: error.offset))
        }
    }

    private static func header(_ reader: inout JSONReader) throws(JSONError) -> Header {
        var header = Header()
        try reader.beginObject()
        while let field = try reader.nextField(of: headerFields) {
            switch field {
            case .apiVersion: header.apiVersion = try reader.readString()
            case .kind: header.kind = try reader.readString()
            case .items:
                header.items = reader.position
                try reader.skipValue()
            }
        }
        return header
    }

    /// - Parameter path: Where the object stands in the document.
    private mutating func addObject(
        _ reader: JSONReader,
        header: Header,
        at path: FieldPath,
        lines: LineTable
    ) {
        let identity = ObjectIdentity(in: reader, from: reader.offset)
        guard let kind = header.kind, !kind.isEmpty, let apiVersion = header.apiVersion, !apiVersion.isEmpty else {
            let field = (header.kind ?? "").isEmpty ? "kind" : "apiVersion"
            add(
                ObjectError(
                    kind: header.kind,
                    namespace: identity.namespace,
                    name: identity.name,
                    field: path.field(field),
                    reason: "Required value"
                ),
                line: lines.line(of: reader.offset)
            )
            return
        }
        let listed = Self.kinds.first { "\($0.resource.kind)List" == kind && $0.resource.apiVersion == apiVersion }
        if listed != nil || (kind == "List" && apiVersion == "v1") {
            addItems(reader, header: header, of: listed, lines: lines)
        } else if let type = Self.kinds.first(where: { $0.resource.isKind(kind, inGroupOf: apiVersion) }) {
            guard type.resource.apiVersion == apiVersion else {
                add(
                    ObjectError(
                        kind: kind,
                        namespace: identity.namespace,
                        name: identity.name,
                        field: path.field("apiVersion"),
                        reason: "Unsupported value: \(apiVersion.quoted): supported values: "
                            + type.resource.apiVersion.quoted
                    ),
                    line: lines.line(of: reader.offset(of: "apiVersion", from: reader.offset))
                )
                return
            }
            add(type, reader, at: path, lines: lines)
        } else if let type = Self.kinds.first(where: { $0.resource.isMeant(by: kind, inGroupOf: apiVersion) }) {
            add(
                ObjectError(
                    namespace: identity.namespace,
                    name: identity.name,
                    field: path.field("kind"),
                    reason: "Invalid value: \(kind.quoted): write \(type.resource.kind)"
                ),
                line: lines.line(of: reader.offset(of: "kind", from: reader.offset))
            )
        } else {
            let other = ManifestObject.other(
                apiVersion: apiVersion,
                kind: kind,
                namespace: identity.namespace,
                name: identity.name
            )
            manifest.entries.append(Manifest.Entry(line: lines.line(of: reader.offset), object: other))
        }
    }

    // MARK: Lists

    /// - Parameter type: The kind of all items that do not say; nil where each must say.
    private mutating func addItems(
        _ reader: JSONReader,
        header: Header,
        of type: (any ManifestKind.Type)?,
        lines: LineTable
    ) {
        guard let items = header.items else { return }
        let start = reader.offset
        var reader = reader
        reader.rewind(to: items)
        do {
            try reader.beginArray()
            var index = 0
            while try reader.nextElement() {
                reader.skipWhitespace()
                let path = FieldPath("items")[index]
                let item = reader.position
                do {
                    var header = try Self.header(&reader)
                    header.kind = header.kind ?? type?.resource.kind
                    header.apiVersion = header.apiVersion ?? type?.resource.apiVersion
                    reader.rewind(to: item)
                    addObject(reader, header: header, at: path, lines: lines)
                } catch {
                    add(error, in: reader, from: item.offset, kind: type?.resource.kind, at: path, lines: lines)
                }
                reader.rewind(to: item)
                try reader.skipValue()
                index += 1
            }
        } catch {
            add(error, in: reader, from: start, kind: header.kind, at: FieldPath(), lines: lines)
        }
    }

    private mutating func add(
        _ error: JSONError,
        in reader: JSONReader,
        from start: Int,
        kind: String?,
        at path: FieldPath,
        lines: LineTable
    ) {
        var objectError = ObjectError(error, kind: kind, in: reader, from: start)
        if objectError.namespace == nil,
            Self.kinds.contains(where: { $0.resource.kind == kind && $0.resource.namespaced })
        {
            objectError.namespace = Self.defaultNamespace
        }
        objectError.field.elements.insert(contentsOf: path.elements, at: 0)
        add(objectError, line: lines.line(of: error.offset))
    }

    // MARK: Objects

    private mutating func add<Object: ManifestKind>(
        _ type: Object.Type,
        _ reader: JSONReader,
        at path: FieldPath,
        lines: LineTable
    ) {
        let start = reader.offset
        addUnknownFields(of: type, reader, at: path, lines: lines)
        var reader = reader
        var object: Object
        do {
            object = try Object(json: &reader)
        } catch {
            add(error, in: reader, from: start, kind: Object.resource.kind, at: path, lines: lines)
            return
        }
        if Object.resource.namespaced, object.metadata.namespace == nil {
            object.metadata.namespace = Self.defaultNamespace
        }
        object.fillInDefaults()
        let errors = object.validationErrors() + object.missingAssignments()
        for var error in errors {
            let line = lines.line(of: reader.offset(of: error.field, from: start))
            error.field.elements.insert(contentsOf: path.elements, at: 0)
            add(error, line: line)
        }
        guard errors.isEmpty else { return }
        let line = lines.line(of: start)
        let metadata = object.metadata
        let key = [Object.resource.kind, metadata.namespace ?? "", metadata.name]
        if let first = definitions[key] {
            add(
                ObjectError(
                    kind: Object.resource.kind,
                    namespace: metadata.namespace,
                    name: metadata.name,
                    field: path,
                    reason: "is defined a second time, first on line \(first); the first one is used, remove the other"
                ),
                line: line
            )
            return
        }
        definitions[key] = line
        manifest.entries.append(Manifest.Entry(line: line, object: object.manifestObject))
    }
}

extension ManifestBuilder {
    /// Tells fields that there are not; the object is used without them, as an API server does that is not asked to be
    /// strict.
    private mutating func addUnknownFields(
        of type: (some ManifestKind).Type,
        _ reader: JSONReader,
        at path: FieldPath,
        lines: LineTable
    ) {
        let unknown = type.schema.unknownFields(in: reader, limit: Self.unknownFieldLimit)
        guard !unknown.isEmpty else { return }
        let identity = ObjectIdentity(in: reader, from: reader.offset)
        for field in unknown {
            let remedy = field.similar.map { "write \($0)" } ?? "it is ignored"
            // The name is not in its own value, but in that of the object around it.
            let object = reader.path(of: field.offset, from: reader.offset)
            let error = ObjectError(
                kind: type.resource.kind,
                namespace: identity.namespace ?? (type.resource.namespaced ? Self.defaultNamespace : nil),
                name: identity.name,
                field: FieldPath(path.elements + object.elements).field(field.name),
                reason: "unknown field; \(remedy)"
            )
            add(error, line: lines.line(of: field.offset))
        }
    }
}

extension ResourceType {
    /// Whether it is this kind, in the group that `apiVersion` names, in any version.
    fileprivate func isKind(_ kind: String, inGroupOf apiVersion: String) -> Bool {
        self.kind == kind && isInGroup(of: apiVersion)
    }

    /// Whether somebody meant this kind but wrote it as nobody reads it: `service`, `Services`.
    fileprivate func isMeant(by kind: String, inGroupOf apiVersion: String) -> Bool {
        [self.kind.lowercased(), plural].contains(kind.lowercased()) && isInGroup(of: apiVersion)
    }

    private func isInGroup(of apiVersion: String) -> Bool {
        guard let slash = apiVersion.firstIndex(of: "/") else { return group.isEmpty }
        return apiVersion[..<slash] == group
    }
}
