import Addressing
import JSON

/// The network configuration that a runtime gives a CNI plug-in on its standard input.
struct CNIConfiguration {
    var version = CNIVersion.latest
    /// `name`: within it `GC` cleans up.
    var name = ""
    /// `network`: which of our networks; the pod network where it is not said.
    var network = AttachableNetwork.pods
    /// `mtu`: a smaller largest packet than the network's, in bytes.
    var mtu: UInt32?
    /// `socket`: where the daemon listens.
    var socket = ControlClient.defaultPath
    /// `stateDirectory`: where the daemon keeps its state.
    var stateDirectory = AddressStore.defaultFolder
    /// `runtimeConfig.ips`, or else `args.cni.ips`: addresses that are asked for, with or without a length.
    var addresses: [String] = []
    /// `prevResult`: what plug-ins before this one made.
    var previousResult: CNIResult?
    /// `cni.dev/valid-attachments`: what `GC` must leave; nil where the runtime does not say.
    var validAttachments: Set<AttachmentKey>?
    /// `dns`: passed on to the result.
    var dns = CNIResult.DNS()

    init() {}

    /// Reads the configuration; fields of other plug-ins and of the runtime are skipped.
    ///
    /// - Throws: `.incompatibleVersion`, `.undecodable` or `.invalidConfiguration`.
    init(json bytes: [UInt8]) throws(AttachmentError) {
        self.init()
        let text = try Self.decoded { () throws(JSONError) in try Self.version(in: bytes) }
        guard let version = CNIVersion(rawValue: text) else {
            throw AttachmentError(
                .incompatibleVersion,
                "cniVersion \"\(text)\" is not supported: write one of \(CNIVersion.list)"
            )
        }
        self.version = version
        try Self.decoded { () throws(JSONError) in try read(bytes) }
        guard name.utf8.count <= 253, CNIEnvironment.isName(name) else {
            throw AttachmentError(
                .invalidConfiguration,
                "the network's name \"\(name)\" must be of letters, digits, '.', '_' and '-', and begin with a letter "
                    + "or digit"
            )
        }
    }

    private static func decoded<Value>(
        _ body: () throws(JSONError) -> Value
    ) throws(AttachmentError) -> Value {
        do throws(JSONError) {
            return try body()
        } catch {
            throw AttachmentError(
                .undecodable,
                "the network configuration on the standard input cannot be read",
                details: "\(error)"
            )
        }
    }

    /// `cniVersion` of the input.
    private static func version(in bytes: [UInt8]) throws(JSONError) -> String {
        var reader = JSONReader(bytes)
        var text = "0.1.0"  // what the specification says for none
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key == "cniVersion" { text = try reader.readString() } else { try reader.skipValue() }
        }
        return text
    }

    private mutating func read(_ bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes)
        var argumentAddresses: [String] = []
        try reader.beginObject()
        while try reader.nextMember() {
            let key = try reader.text(of: try reader.scanString())
            try reader.readColon()
            if try reader.skipNull() {
                // What Go's libcni writes for an empty list.
                if key == Self.validAttachmentsField { validAttachments = [] }
                continue
            }
            switch key {
            case "name": name = try reader.readString()
            case "network": network = try reader.readString()
            case "mtu": mtu = UInt32(clamping: try reader.readInteger())
            case "socket": socket = try reader.readString()
            case "stateDirectory": stateDirectory = try reader.readString()
            case "runtimeConfig": addresses = try Self.addresses(&reader, under: [])
            case "args": argumentAddresses = try Self.addresses(&reader, under: ["cni"])
            case "prevResult": previousResult = try CNIResult(json: &reader)
            case Self.validAttachmentsField: validAttachments = try readAttachments(&reader)
            case "dns": dns = try CNIResult.DNS(json: &reader)
            default: try reader.skipValue()
            }
        }
        try reader.finish()
        if addresses.isEmpty { addresses = argumentAddresses }
        validAttachments = validAttachments.map { keys in
            Set(keys.map { AttachmentKey(container: $0.container, interface: $0.interface, configuration: name) })
        }
    }

    private static let validAttachmentsField = "cni.dev/valid-attachments"

    /// The strings in `ips`, of this object or of one in it.
    private static func addresses(
        _ reader: inout JSONReader,
        under path: ArraySlice<String>
    ) throws(JSONError) -> [String] {
        var addresses: [String] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if let first = path.first, key == first {
                addresses = try Self.addresses(&reader, under: path.dropFirst())
            } else if path.isEmpty, key == "ips" {
                addresses = try reader.readStrings()
            } else {
                try reader.skipValue()
            }
        }
        return addresses
    }

    private func readAttachments(_ reader: inout JSONReader) throws(JSONError) -> Set<AttachmentKey> {
        Set(
            try reader.readArray { reader throws(JSONError) in
                var key = AttachmentKey(container: "", interface: "")
                try reader.beginObject()
                while let field = try reader.nextKey() {
                    switch field {
                    case "containerID": key.container = try reader.readString()
                    case "ifname": key.interface = try reader.readString()
                    default: try reader.skipValue()
                    }
                }
                return key
            }
        )
    }
}
