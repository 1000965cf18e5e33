import Addressing
import JSON

extension AttachmentKey {
    private enum Field: String, CaseIterable {
        case container, interface, configuration
    }

    private static let fields = JSONFields<Field>()

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("container", container)
        writer.member("interface", interface)
        if !configuration.isEmpty { writer.member("configuration", configuration) }
        writer.endObject()
    }

    init(json reader: inout JSONReader) throws(JSONError) {
        self.init(container: "", interface: "")
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .container: container = try reader.readString()
            case .interface: interface = try reader.readString()
            case .configuration: configuration = try reader.readString()
            }
        }
    }
}

extension PodAttachment {
    private enum Field: String, CaseIterable {
        case key, network, namespace, label, name, addresses, ranges, bridge, mtu, isDefault, boot, complete
    }

    private static let fields = JSONFields<Field>()

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("key")
        key.write(to: &writer)
        if !network.isEmpty { writer.member("network", network) }
        writer.member("namespace", namespace)
        if !label.isEmpty { writer.member("label", label) }
        if !name.isEmpty { writer.member("name", name) }
        writer.strings("addresses", addresses.map(\.description))
        writer.strings("ranges", ranges.map(\.description))
        writer.member("bridge", bridge)
        writer.member("mtu", Int(mtu))
        writer.member("isDefault", isDefault)
        writer.member("boot", bootID)
        writer.member("complete", isComplete)
        writer.endObject()
    }

    init(json reader: inout JSONReader) throws(JSONError) {
        self.init(key: AttachmentKey(container: "", interface: ""), namespace: "")
        let start = reader.offset
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .key: key = try AttachmentKey(json: &reader)
            case .network: network = try reader.readString()
            case .namespace: namespace = try reader.readString()
            case .label: label = try reader.readString()
            case .name: name = try reader.readString()
            case .addresses: addresses = try reader.readAddresses()
            case .ranges: ranges = try reader.readPrefixes()
            case .bridge: bridge = try reader.readString()
            case .mtu: mtu = UInt32(clamping: try reader.readInteger())
            case .isDefault: isDefault = try reader.readBool()
            case .boot: bootID = try reader.readString()
            case .complete: isComplete = try reader.readBool()
            }
        }
        guard !key.container.isEmpty, !key.interface.isEmpty else {
            throw JSONError(offset: start, reason: "an attachment needs a key with container and interface")
        }
    }
}

extension AttachRequest {
    private enum Field: String, CaseIterable {
        case key, namespace, network, addresses, mtu, label, name, repeatable
    }

    private static let fields = JSONFields<Field>()

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("key")
        key.write(to: &writer)
        writer.member("namespace", namespace)
        if !network.isEmpty { writer.member("network", network) }
        if !addresses.isEmpty { writer.strings("addresses", addresses.map(\.description)) }
        writer.member("mtu", mtu.map { Int($0) })
        if !label.isEmpty { writer.member("label", label) }
        if !name.isEmpty { writer.member("name", name) }
        if isRepeatable { writer.member("repeatable", true) }
        writer.endObject()
    }

    init(json reader: inout JSONReader) throws(JSONError) {
        self.init(key: AttachmentKey(container: "", interface: ""), namespace: "")
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .key: key = try AttachmentKey(json: &reader)
            case .namespace: namespace = try reader.readString()
            case .network: network = try reader.readString()
            case .addresses: addresses = try reader.readAddresses()
            case .mtu: mtu = UInt32(clamping: try reader.readInteger())
            case .label: label = try reader.readString()
            case .name: name = try reader.readString()
            case .repeatable: isRepeatable = try reader.readBool()
            }
        }
    }
}
