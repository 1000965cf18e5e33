/// The fields of one kind of object, or of a part of one.
public struct MessageSchema: Sendable, Hashable {
    /// The name in OpenAPI, such as `io.k8s.api.core.v1.ServicePort`.
    public var name: String
    /// For people.
    public var summary: String
    /// `apiVersion` of the objects where this is a kind, such as `discovery.k8s.io/v1`; nil for parts of objects.
    public var apiVersion: String?
    /// The fields, in the order of Go's struct, which is that of the JSON that upstream writes; no name twice.
    public var fields: [FieldSchema]

    /// A message from its parts.
    public init(_ name: String, _ summary: String = "", apiVersion: String? = nil, fields: [FieldSchema]) {
        self.name = name
        self.summary = summary
        self.apiVersion = apiVersion
        self.fields = fields
    }

    /// The last part of the name, such as `ServicePort`; of a kind, what `kind` says.
    public var shortName: String {
        String(name[(name.lastIndex(of: ".").map(name.index(after:)) ?? name.startIndex)...])
    }
}
