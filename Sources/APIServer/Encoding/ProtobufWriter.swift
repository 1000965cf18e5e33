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
        var buffer = ByteBuffer()
        buffer.writeBytes(Self.envelopeStart(apiVersion: apiVersion, kind: kind, messageSize: message.count))
        buffer.writeBytes(message)
        buffer.writeBytes(Self.envelopeEnd)
        return Array(buffer.readableBytesView)
    }

    /// What comes before the message in an envelope: the magic, the type (field 1), and the head of the message
    /// (field 2).
    static func envelopeStart(apiVersion: String, kind: String, messageSize: Int) -> [UInt8] {
        var type = ByteBuffer()
        type.writeField(1, Array(apiVersion.utf8))
        type.writeField(2, Array(kind.utf8))
        var buffer = ByteBuffer(bytes: [0x6b, 0x38, 0x73, 0x00])
        buffer.writeField(1, Array(type.readableBytesView))
        buffer.writeInteger(UInt8(2 << 3 | 2))
        buffer.writeVarint(UInt64(messageSize))
        return Array(buffer.readableBytesView)
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

    /// What comes after the message: content encoding (field 3) and type (field 4), both empty.
    static let envelopeEnd: [UInt8] = [3 << 3 | 2, 0, 4 << 3 | 2, 0]

    /// A frame of a watch: a length of four bytes, the highest first, and `metav1.WatchEvent` with the type (field 1)
    /// and, as `runtime.RawExtension` (field 2), the object in its envelope.
    func frame(_ type: String, _ object: [UInt8]) -> ByteBuffer {
        var raw = ByteBuffer()
        raw.writeField(1, object)
        var event = ByteBuffer()
        event.writeField(1, Array(type.utf8))
        event.writeField(2, Array(raw.readableBytesView))
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt32(clamping: event.readableBytes))
        buffer.writeBuffer(&event)
        return buffer
    }
}

extension ByteBuffer {
    /// Writes a field of bytes: tag, length, bytes.
    mutating func writeField(_ number: UInt8, _ bytes: [UInt8]) {
        writeInteger(number << 3 | 2)
        writeVarint(UInt64(bytes.count))
        writeBytes(bytes)
    }
}
