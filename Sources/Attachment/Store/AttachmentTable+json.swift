import Addressing
import JSON

extension AttachmentTable {
    /// The form of the file; readers of this one refuse others.
    private static let formatVersion = 1

    private enum Field: String, CaseIterable {
        case version, revision, pools, attachments
    }

    private enum PoolField: String, CaseIterable {
        case network, prefixes, cursors, released
    }

    private static let fields = JSONFields<Field>()
    private static let poolFields = JSONFields<PoolField>()

    /// The table as JSON.
    func json() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("version", Self.formatVersion)
        writer.member("revision", Int(clamping: revision))
        writer.name("pools")
        writer.beginArray()
        for (network, pool) in pools.sorted(by: { $0.key < $1.key }) {
            writer.beginObject()
            writer.member("network", network)
            writer.strings("prefixes", pool.prefixes.map(\.description))
            writer.strings("cursors", pool.cursors.values.sorted().map(\.description))
            writer.name("released")
            writer.beginObject()
            for (address, moment) in pool.released.sorted(by: { $0.key < $1.key }) {
                writer.member(address.description, Int(moment))
            }
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
        writer.name("attachments")
        writer.beginArray()
        for attachment in attachments.values.sorted(by: { $0.key < $1.key }) { attachment.write(to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// Reads what ``json()`` wrote.
    init(json bytes: [UInt8]) throws(JSONError) {
        self.init()
        var reader = JSONReader(bytes)
        var version: Int?
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .version: version = try reader.readInteger()
            case .revision: revision = UInt64(clamping: try reader.readInteger())
            case .pools:
                try reader.beginArray()
                while try reader.nextElement() { try readPool(&reader) }
            case .attachments:
                try reader.beginArray()
                while try reader.nextElement() {
                    let attachment = try PodAttachment(json: &reader)
                    attachments[attachment.key] = attachment
                }
            }
        }
        try reader.finish()
        guard version == Self.formatVersion else {
            let found = version.map { "\($0)" } ?? "none"
            throw JSONError(offset: 0, reason: "the file's version is \(found): must be \(Self.formatVersion)")
        }
    }

    private mutating func readPool(_ reader: inout JSONReader) throws(JSONError) {
        var network = ""
        var prefixes: [IPPrefix] = []
        var cursors: [IPFamily: IPAddress] = [:]
        var released: [IPAddress: Int64] = [:]
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.poolFields) {
            switch field {
            case .network: network = try reader.readString()
            case .prefixes: prefixes = try reader.readPrefixes()
            case .cursors: for address in try reader.readAddresses() { cursors[address.family] = address }
            case .released:
                try reader.beginObject()
                while let key = try reader.nextKey() {
                    let start = reader.offset
                    guard let address = IPAddress(key) else {
                        throw JSONError(offset: start, reason: "\"\(key)\" is not an IP address")
                    }
                    released[address] = Int64(try reader.readInteger())
                }
            }
        }
        pools[network] = AddressPool(prefixes: prefixes, cursors: cursors, released: released)
    }
}
