public import JSON

/// Writes objects in `application/vnd.kubernetes.protobuf`, byte for byte as upstream does.
///
/// A message is written from the JSON that the store keeps; envelopes, lists and watch frames are put around messages
/// that are written already.
public struct ProtobufEncoder: Sendable {
    /// The messages.
    public let table: SchemaTable

    /// An encoder for these messages.
    public init(table: SchemaTable = .standard) {
        self.table = table
    }

    /// The bare message of an object in JSON without white space, as ``ObjectDecoder`` gives it.
    ///
    /// Members that the message does not have, and those of another type, are left out.
    /// - Returns: The fields; `kind` and `apiVersion` go into ``ProtobufEnvelope``. Empty for a message that is unknown.
    /// - Throws: Where the bytes are not JSON.
    public func encode(json: [UInt8], message: String) throws(JSONError) -> [UInt8] {
        guard let schema = table.plan.message(message) else { return [] }
        return try ProtobufObjectEncoding(json, schema, plan: table.plan).writer.bytes
    }

    /// The bare message of an object; as above.
    public func encode(_ object: JSONValue, message: String) throws(JSONError) -> [UInt8] {
        try encode(json: object.json, message: message)
    }

    /// Whether protobuf has the message: tables have none, and are answered in JSON.
    public func canEncode(message: String) -> Bool {
        guard let schema = table.plan.message(message) else { return false }
        return schema.fields.allSatisfy { ["kind", "apiVersion"].contains($0.schema.name) || $0.schema.number > 0 }
    }
}
