import APISchema
import JSON
import KubernetesAPI
import NIOCore

/// Protobuf of objects, lists and events, after the schema.
struct ProtobufWriter: Sendable {
    /// Writes messages.
    let encoder: ProtobufEncoder

    /// An object without its envelope; nil where it cannot be written.
    func message(_ object: CachedObject, schema: String) -> [UInt8]? {
        guard encoder.canEncode(message: schema) else { return nil }
        return try? encoder.encode(json: object.bytes, message: schema)
    }

    /// An object without its envelope; nil where it cannot be written.
    func message(_ object: JSONValue, schema: String) -> [UInt8]? {
        guard encoder.canEncode(message: schema) else { return nil }
        return try? encoder.encode(object, message: schema)
    }

    /// A status in its envelope; nil where it cannot be written.
    func status(_ status: Status) -> [UInt8]? {
        guard let value = try? JSONValue(json: status.json) else { return nil }
        return message(value, schema: "io.k8s.apimachinery.pkg.apis.meta.v1.Status").map {
            envelope(apiVersion: "v1", kind: "Status", $0)
        }
    }

    /// `k8s`, a zero, and `runtime.Unknown` around a message.
    func envelope(_ resource: ResourceType, _ message: [UInt8]) -> [UInt8] {
        envelope(apiVersion: resource.apiVersion, kind: resource.kind, message)
    }

    /// `k8s`, a zero, and `runtime.Unknown` around a message.
    func envelope(apiVersion: String, kind: String, _ message: [UInt8]) -> [UInt8] {
        ProtobufEnvelope(apiVersion: apiVersion, kind: kind, message: message).bytes
    }

    /// The message of a list's metadata.
    static let listMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"

    /// A field of bytes: tag, length, bytes.
    static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeField(number, bytes)
        return Array(buffer.readableBytesView)
    }

    /// How many bytes a number takes.
    static func varintSize(_ value: Int) -> Int { Swift.max(1, (Int.bitWidth - value.leadingZeroBitCount + 6) / 7) }
}

extension ByteBuffer {
    /// Writes a field of bytes: tag, length, bytes.
    mutating func writeField(_ number: UInt8, _ bytes: [UInt8]) {
        writeInteger(number << 3 | 2)
        writeVarint(UInt64(bytes.count))
        writeBytes(bytes)
    }
}
