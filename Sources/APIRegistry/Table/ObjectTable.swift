import APISchema
public import JSON
public import KubernetesAPI

/// Objects as rows of a table (`meta.k8s.io` `Table`): what `kubectl get` shows.
///
/// Written piece by piece, so that a list need not be in memory as a whole: ``start(metadata:hasColumns:)``, a
/// ``row(_:value:)`` for each object with commas between them, ``end``.
public struct ObjectTable: Sendable {
    /// What a row has of its object besides the cells: parameter `includeObject`.
    public enum Inclusion: String, Sendable, Hashable, CaseIterable {
        /// Nothing.
        case none = "None"
        /// Its metadata: the default.
        case metadata = "Metadata"
        /// All of it.
        case object = "Object"

        /// Reads the parameter; nil or empty for the default.
        ///
        /// - Throws: 400 for anything else.
        public init(parameter: String?) throws(Refusal) {
            guard let parameter, !parameter.isEmpty else {
                self = .metadata
                return
            }
            guard let inclusion = Inclusion(rawValue: parameter) else {
                throw .badRequest("unrecognized includeObject value: \(parameter.goQuoted)")
            }
            self = inclusion
        }
    }

    private let columns: [TableColumn]
    private let version: String
    private let inclusion: Inclusion
    private let now: Timestamp
    private let conditions: (@Sendable (JSONValue) -> [JSONValue])?

    /// A table.
    ///
    /// - Parameters:
    ///   - columns: Those of the kind; where there are none, names and times of creation are shown.
    ///   - version: That of `meta.k8s.io`: `v1` or `v1beta1`.
    ///   - inclusion: What rows have of their objects.
    ///   - now: For ages.
    ///   - conditions: What is special about a row, such as that a pod has completed; nil for nothing.
    public init(
        columns: [TableColumn],
        version: String = "v1",
        including inclusion: Inclusion = .metadata,
        now: Timestamp,
        conditions: (@Sendable (JSONValue) -> [JSONValue])? = nil
    ) {
        self.columns = columns.isEmpty ? Self.commonColumns : columns
        self.version = version
        self.inclusion = inclusion
        self.now = now
        self.conditions = conditions
    }

    private static let commonColumns = [
        TableColumn("Name", format: "name", "Name must be unique within a namespace.") { object, _ in
            .string(object["metadata"]?["name"]?.string ?? "")
        },
        TableColumn("Created At", type: "date", "When the server made the object.") { object, _ in
            .string(object["metadata"]?["creationTimestamp"]?.string ?? "")
        },
    ]

    /// The whole table.
    ///
    /// - Parameters:
    ///   - objects: JSON of each object.
    ///   - metadata: Of the list: `resourceVersion`, `continue` …; of a single object its `resourceVersion`.
    ///   - hasColumns: False in all events of a watch but the first.
    public func json(
        _ objects: some Sequence<[UInt8]>,
        metadata: JSONValue,
        hasColumns: Bool = true
    ) -> [UInt8] {
        var bytes = start(metadata: metadata, hasColumns: hasColumns)
        var isFirst = true
        for object in objects {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            bytes += row(object)
        }
        return bytes + Self.end
    }

    /// What stands before the first row.
    public func start(metadata: JSONValue, hasColumns: Bool = true) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("kind", "Table")
        writer.member("apiVersion", "meta.k8s.io/\(version)")
        writer.name("metadata")
        writer.value(metadata)
        writer.name("columnDefinitions")
        if hasColumns {
            writer.beginArray()
            for column in columns {
                writer.beginObject()
                writer.member("name", column.name)
                writer.member("type", column.type)
                writer.member("format", column.format)
                writer.member("description", column.summary)
                writer.member("priority", column.priority)
                writer.endObject()
            }
            writer.endArray()
        } else {
            writer.null()
        }
        writer.name("rows")
        writer.beginArray()
        return writer.bytes
    }

    /// The row of an object.
    ///
    /// - Parameters:
    ///   - object: Its JSON.
    ///   - value: The same, if the caller has it as a tree already.
    public func row(_ object: [UInt8], value: JSONValue? = nil) -> [UInt8] {
        let value = value ?? (try? JSONValue(json: object)) ?? .object(JSONObject())
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("cells")
        writer.beginArray()
        for column in columns { writer.value(column.cell(value, now)) }
        writer.endArray()
        if let conditions = conditions?(value), !conditions.isEmpty {
            writer.name("conditions")
            writer.value(.array(conditions))
        }
        writer.name("object")
        var bytes = writer.bytes
        switch inclusion {
        case .none: bytes += "null".utf8
        case .metadata: PartialObject.append(object, version: version, to: &bytes)
        case .object: bytes += object
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// What stands after the last row.
    public static let end = Array("]}".utf8)
}
