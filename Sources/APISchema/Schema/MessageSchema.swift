/// The fields of one kind of object, or of a part of one.
public struct MessageSchema: Sendable, Hashable {
    /// The name in OpenAPI, such as `io.k8s.api.core.v1.ServicePort`.
    public var name: String
    /// For people.
    public var summary: String
    /// The fields, in OpenAPI's order; no name and no number twice.
    public var fields: [FieldSchema]
    /// Whether protobuf keeps the fields under numbers; an object whose JSON is not that of a message (such as `Time`)
    /// has a ``FieldType`` of its own.
    public init(_ name: String, _ summary: String = "", fields: [FieldSchema]) {
        self.name = name
        self.summary = summary
        self.fields = fields
    }
}
