/// An object as it travels: four bytes `k8s\0`, then `runtime.Unknown`, which says the kind and holds the message.
///
/// Source: `k8s.io/apimachinery/pkg/runtime/generated.proto`.
public struct ProtobufEnvelope: Sendable, Hashable {
    /// What it begins with.
    public static let prefix: [UInt8] = [0x6b, 0x38, 0x73, 0x00]

    /// `apiVersion`.
    public var apiVersion: String
    /// `kind`.
    public var kind: String
    /// The message.
    public var message: [UInt8]

    /// An envelope from its parts.
    public init(apiVersion: String, kind: String, message: [UInt8]) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.message = message
    }

    /// Reads an envelope.
    public init(_ bytes: [UInt8]) throws(ProtobufError) {
        guard bytes.starts(with: Self.prefix) else {
            throw ProtobufError(
                "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
            )
        }
        self.init(apiVersion: "", kind: "", message: [])
        var reader = ProtobufReader(bytes, Self.prefix.count..<bytes.count)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let range)):
                var inner = ProtobufReader(bytes, range)
                while let field = try inner.next() {
                    guard case .bytes(let range) = field.value else { continue }
                    if field.number == 1 { apiVersion = String(decoding: bytes[range], as: UTF8.self) }
                    if field.number == 2 { kind = String(decoding: bytes[range], as: UTF8.self) }
                }
            case (2, .bytes(let range)): message = Array(bytes[range])
            default: break
            }
        }
    }

    /// The bytes.
    public var bytes: [UInt8] {
        var writer = ForwardWriter(capacity: message.count + 64)
        writer.beginEnvelope(apiVersion: apiVersion, kind: kind, messageCount: message.count)
        writer.bytes += message
        writer.endEnvelope()
        return writer.bytes
    }

    /// All that stands before the message.
    ///
    /// - Parameter messageCount: How many bytes the message has.
    public static func start(apiVersion: String, kind: String, messageCount: Int) -> [UInt8] {
        var writer = ForwardWriter(capacity: 64)
        writer.beginEnvelope(apiVersion: apiVersion, kind: kind, messageCount: messageCount)
        return writer.bytes
    }

    /// What stands after the message: `contentEncoding` and `contentType`, both empty.
    public static var end: [UInt8] {
        var writer = ForwardWriter(capacity: 4)
        writer.endEnvelope()
        return writer.bytes
    }

    /// A list with its envelope, from items that are encoded already.
    ///
    /// - Parameters:
    ///   - kind: The kind of the list, such as `ServiceList`.
    ///   - items: The items' bare messages.
    public static func list(
        apiVersion: String,
        kind: String,
        resourceVersion: String,
        continue token: String = "",
        remainingItemCount: Int64? = nil,
        items: some Collection<[UInt8]>
    ) -> [UInt8] {
        var metadata = ProtobufWriter(capacity: 64)
        if let remainingItemCount { metadata.field(4, integer: remainingItemCount) }
        metadata.field(3, text: token)
        metadata.field(2, text: resourceVersion)
        metadata.field(1, text: "")
        metadata.close(1, since: 0)
        var count = metadata.count
        for item in items { count += 1 + ForwardWriter.varintCount(item.count) + item.count }
        var writer = ForwardWriter(capacity: count + 64)
        writer.beginEnvelope(apiVersion: apiVersion, kind: kind, messageCount: count)
        writer.bytes += metadata.bytes
        for item in items { writer.field(2, item) }
        writer.endEnvelope()
        return writer.bytes
    }

    /// A change in a watch: four bytes with the length, the highest first, then `WatchEvent`.
    ///
    /// - Parameters:
    ///   - type: `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK` or `ERROR`.
    ///   - object: The object's envelope.
    public static func watchFrame(type: String, object: [UInt8]) -> [UInt8] {
        let objectCount = 1 + ForwardWriter.varintCount(object.count) + object.count
        let typeCount = type.utf8.count
        let count =
            1 + ForwardWriter.varintCount(typeCount) + typeCount + 1 + ForwardWriter.varintCount(objectCount)
            + objectCount
        var writer = ForwardWriter(capacity: count + 4)
        for shift in [24, 16, 8, 0] { writer.bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        writer.field(1, Array(type.utf8))
        writer.bytes.append(2 << 3 | 2)
        writer.varint(objectCount)
        writer.field(1, object)
        return writer.bytes
    }
}

/// Writes protobuf from its beginning, where all lengths are known.
private struct ForwardWriter {
    var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    static func varintCount(_ value: Int) -> Int {
        value < 0x80 ? 1 : (63 - UInt64(truncatingIfNeeded: value).leadingZeroBitCount) / 7 + 1
    }

    mutating func varint(_ value: Int) {
        var rest = UInt64(truncatingIfNeeded: value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func field(_ number: UInt8, _ value: [UInt8]) {
        bytes.append(number << 3 | 2)
        varint(value.count)
        bytes += value
    }

    /// All that stands before the message.
    mutating func beginEnvelope(apiVersion: String, kind: String, messageCount: Int) {
        bytes += ProtobufEnvelope.prefix
        var type = ForwardWriter(capacity: 64)
        type.field(1, Array(apiVersion.utf8))
        type.field(2, Array(kind.utf8))
        field(1, type.bytes)
        bytes.append(2 << 3 | 2)
        varint(messageCount)
    }

    /// `contentEncoding` and `contentType`, both empty.
    mutating func endEnvelope() {
        field(3, [])
        field(4, [])
    }
}
