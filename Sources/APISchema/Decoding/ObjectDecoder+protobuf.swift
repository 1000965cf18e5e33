public import JSON

extension ObjectDecoder {
    /// Reads protobuf: `k8s\0`, then the kind and the message.
    ///
    /// - Parameter message: The name of the message that the object is to be, such as `io.k8s.api.core.v1.Service`.
    public func decode(protobuf: [UInt8], message: String) throws(ObjectDecodingError) -> DecodedObject {
        guard let schema = table.plan.message(message) else {
            throw ObjectDecodingError(.wrongKind, "no message \(message.goQuoted) is known")
        }
        var kind = CodecPlan.Kind(schema.schema)
        let value: JSONValue
        do {
            let envelope = try ProtobufEnvelope(protobuf)
            if !envelope.apiVersion.isEmpty { kind.apiVersion = envelope.apiVersion }
            if !envelope.kind.isEmpty { kind.name = envelope.kind }
            // Looked at first where it is another kind, as its fields mean something else.
            value =
                kind == CodecPlan.Kind(schema.schema) || schema.schema.apiVersion == nil
                    || kind.name == schema.shortName
                ? try self.value(protobuf: envelope.message, message: message) : .null
        } catch {
            throw ObjectDecodingError(
                .malformed,
                "the object provided is unrecognized (must be of type \(schema.shortName)): \(error) "
                    + "(\(BodySummary.text(of: protobuf)))"
            )
        }
        guard schema.schema.apiVersion != nil else { return DecodedObject(value: value) }
        try check(kind, expected: schema.schema)
        return DecodedObject(value: value.withKind(kind))
    }

    /// The JSON of a bare message, without `kind` and `apiVersion`; null for a message that is unknown.
    public func value(protobuf: [UInt8], message: String) throws(ProtobufError) -> JSONValue {
        guard let schema = table.plan.message(message) else { return .null }
        var decoding = ProtobufObjectDecoding(protobuf, plan: table.plan)
        return try decoding.decode(schema)
    }
}
