import Addressing
import JSON
import KubernetesAPI
import OverlayCore

/// The annotation of a Node in which its overlay daemon says what others need: `overlay.trama.dev/peer`.
///
/// Prefixes are not in it: the Node's `spec.podCIDRs` say who has which.
enum NodePeer {
    /// The annotation's name.
    static let annotation = "overlay.trama.dev/peer"

    private enum Field: String, CaseIterable {
        case id, instance, started, endpoints, underlayPrefixLength, underlayMTU
        case vxlanPort, wireGuardPort, wireGuardKey, encryption, networks
    }

    private static let fields = JSONFields<Field>()

    /// The annotation's value.
    static func encode(_ record: PeerRecord) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", record.id.description)
        writer.member("instance", String(record.instance, radix: 16))
        writer.member("started", Int(record.started))
        writer.name("endpoints")
        writer.beginArray()
        for endpoint in record.endpoints { writer.value("\(endpoint)") }
        writer.endArray()
        writer.member("underlayPrefixLength", record.underlayPrefixLength)
        writer.member("underlayMTU", Int(record.underlayMTU))
        // For people and other programs: it follows from the id.
        writer.member("vtepMAC", record.id.tunnelLinkAddress.map(hexadecimal).joined(separator: ":"))
        writer.member("vxlanPort", Int(record.vxlanPort))
        if !record.wireGuardKey.isEmpty {
            writer.member("wireGuardPort", Int(record.wireGuardPort))
            writer.member("wireGuardKey", record.wireGuardKey.map(hexadecimal).joined())
        }
        writer.member("encryption", record.encryption.description)
        if !record.networks.isEmpty {
            writer.name("networks")
            writer.beginArray()
            for network in record.networks { writer.value(Int(network)) }
            writer.endArray()
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The peer that a Node is; nil where its daemon has not said anything yet.
    ///
    /// - Throws: What is wrong with the annotation or the Node's prefixes.
    static func decode(_ node: Node) throws(NodePeerError) -> PeerRecord? {
        let name = node.metadata.name
        guard let text = node.metadata.annotations[annotation] else { return nil }
        var record: PeerRecord
        do throws(JSONError) {
            record = try decode(text, node: name)
        } catch {
            throw NodePeerError(node: name, field: "metadata.annotations[\(annotation)]", reason: "\(error)")
        }
        for (index, text) in node.podCIDRs.enumerated() {
            guard let prefix = IPPrefix(text) else {
                throw NodePeerError(node: name, field: "spec.podCIDRs[\(index)]", reason: "\(text): must be a prefix")
            }
            record.prefixes.append(prefix)
        }
        return record
    }

    private static func decode(_ text: String, node: String) throws(JSONError) -> PeerRecord {
        var reader = JSONReader(Array(text.utf8))
        var record = PeerRecord(id: PeerID(high: 0, low: 0), name: node)
        record.wireGuardPort = 0
        var hasIdentity = false
        try reader.beginObject()
        while let field = try reader.nextField(of: fields) {
            let start = reader.offset
            func check<Value>(_ value: Value?, _ expected: String) throws(JSONError) -> Value {
                guard let value else {
                    throw JSONError(offset: start, reason: "\(field.rawValue): must be \(expected)")
                }
                return value
            }
            switch field {
            case .id:
                record.id = try check(PeerID(try reader.readString()), "a UUID")
                hasIdentity = true
            case .instance:
                record.instance = try check(UInt64(try reader.readString(), radix: 16), "hexadecimal digits")
            case .started: record.started = Int64(try reader.readInteger())
            case .endpoints:
                for text in try reader.readStrings() {
                    record.endpoints.append(try check(IPAddress(text), "IP addresses"))
                }
            case .underlayPrefixLength:
                record.underlayPrefixLength = try check(Optional(try reader.readInteger()).within(0...128), "0 to 128")
            case .underlayMTU:
                record.underlayMTU = UInt32(
                    try check(Optional(try reader.readInteger()).within(576...65_536), "576 to 65536")
                )
            case .vxlanPort: record.vxlanPort = try check(UInt16(exactly: try reader.readInteger()), "a port")
            case .wireGuardPort: record.wireGuardPort = try check(UInt16(exactly: try reader.readInteger()), "a port")
            case .wireGuardKey:
                record.wireGuardKey = try check(key(try reader.readString()), "64 hexadecimal digits")
            case .encryption:
                record.encryption = try check(EncryptionPolicy(try reader.readString()), "require, prefer or off")
            case .networks:
                try reader.beginArray()
                while try reader.nextElement() {
                    let vni = try check(Optional(try reader.readInteger()).within(1...0xff_ffff), "VNIs, 1 to 16777215")
                    record.networks.append(UInt32(vni))
                }
            }
        }
        guard hasIdentity else { throw JSONError(offset: 0, reason: "id: is missing") }
        return record
    }

    private static func key(_ text: String) -> [UInt8]? {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == 64, text.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}

/// What is wrong with a Node.
struct NodePeerError: Error, Equatable, CustomStringConvertible {
    /// The Node's name.
    var node: String
    /// The field's path.
    var field: String
    /// The fault, and what would be right.
    var reason: String

    var description: String { "Node \(node): \(field): \(reason)" }
}

extension Int? {
    /// The number, if it is in that range.
    fileprivate func within(_ range: ClosedRange<Int>) -> Int? {
        flatMap { range.contains($0) ? $0 : nil }
    }
}
