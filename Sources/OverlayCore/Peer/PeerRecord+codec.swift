internal import Addressing

extension PeerRecord {
    /// The most of each list that a record may have: endpoints, prefixes, networks.
    static let maximumListCount = 1024

    /// The key under which the record of this peer is replicated.
    public static func key(of id: PeerID) -> ReplicatedEntry.Key {
        ReplicatedEntry.Key(kind: .peer, name: id.bytes)
    }

    /// The record as it is replicated; its identity is the key, its version the entry's.
    ///
    /// The version of a removed peer's record is raised by ``ReplicatedEntry/versionLimit``.
    public var entry: ReplicatedEntry {
        var value: [UInt8] = []
        value.reserveCapacity(128)
        var shortName = name
        while shortName.utf8.count > 255 { shortName.removeLast() }
        Field.append(Tag.name, shortName.utf8, to: &value)
        Field.append(Tag.instance, fixed: instance, to: &value)
        Field.append(Tag.started, fixed: UInt64(bitPattern: started), to: &value)
        if isRemoved { Field.append(Tag.flags, varint: 1, to: &value) }
        for endpoint in endpoints { Field.append(Tag.endpoint, endpoint.networkBytes, to: &value) }
        if let length = underlayPrefixLength, let length = UInt64(exactly: length) {
            Field.append(Tag.underlayPrefixLength, varint: length, to: &value)
        }
        if meshPort != Default.meshPort { Field.append(Tag.meshPort, varint: UInt64(meshPort), to: &value) }
        if vxlanPort != Default.vxlanPort { Field.append(Tag.vxlanPort, varint: UInt64(vxlanPort), to: &value) }
        if wireGuardPort != Default.wireGuardPort {
            Field.append(Tag.wireGuardPort, varint: UInt64(wireGuardPort), to: &value)
        }
        if !wireGuardKey.isEmpty { Field.append(Tag.wireGuardKey, wireGuardKey, to: &value) }
        if encryption != .off { Field.append(Tag.encryption, varint: UInt64(encryption.rawValue), to: &value) }
        if underlayMTU != Default.underlayMTU {
            Field.append(Tag.underlayMTU, varint: UInt64(underlayMTU), to: &value)
        }
        for prefix in prefixes {
            let length = UInt8(truncatingIfNeeded: prefix.length)
            Field.append(Tag.prefix, [length] + prefix.address.networkBytes, to: &value)
        }
        for network in networks { Field.append(Tag.network, varint: UInt64(network), to: &value) }
        let limit = ReplicatedEntry.versionLimit
        return ReplicatedEntry(
            key: Self.key(of: id),
            version: isRemoved ? version | limit : min(version, limit - 1),
            value: value
        )
    }

    /// The record that an entry is; throws where it is another thing, or says something that cannot be.
    init(key: ReplicatedEntry.Key, version: UInt64, value: ArraySlice<UInt8>) throws(MeshCodecError) {
        guard key.kind == .peer, let id = PeerID(bytes: key.name) else { throw .invalid("the key of a record") }
        guard version < ReplicatedEntry.versionLimit << 1 else { throw .invalid("the version of a record") }
        self.init(id: id, name: "", version: version)
        var reader = FieldReader(value)
        while let (tag, value) = try reader.next() {
            switch tag {
            case Tag.name: name = try value.fieldText("the name of a peer", limit: 255)
            case Tag.instance: instance = try value.fieldFixed("an instance")
            case Tag.started: started = Int64(bitPattern: try value.fieldFixed("a start"))
            case Tag.flags: isRemoved = try value.fieldInteger("flags") & 1 != 0
            case Tag.endpoint: try Self.append(endpoint: value, to: &endpoints)
            case Tag.underlayPrefixLength:
                underlayPrefixLength = Int(try value.fieldInteger("a prefix length", upTo: 128))
            case Tag.meshPort: meshPort = try Self.port(value)
            case Tag.vxlanPort: vxlanPort = try Self.port(value)
            case Tag.wireGuardPort: wireGuardPort = try Self.port(value)
            case Tag.wireGuardKey:
                guard value.count == 32 else { throw .invalid("a WireGuard key") }
                wireGuardKey = [UInt8](value)
            case Tag.encryption:
                // What a later version may want is at least as strict as all that we know.
                encryption = EncryptionPolicy(rawValue: UInt8(clamping: try value.fieldInteger("a policy"))) ?? .require
            case Tag.underlayMTU: underlayMTU = UInt32(try value.fieldInteger("an MTU", upTo: UInt64(UInt32.max)))
            case Tag.prefix: try Self.append(prefix: value, to: &prefixes)
            case Tag.network:
                guard networks.count < Self.maximumListCount else { throw .tooLarge("the list of networks") }
                networks.append(UInt32(try value.fieldInteger("a VNI", upTo: 0xff_ffff)))
            default: break
            }
        }
        guard isRemoved == (version >= ReplicatedEntry.versionLimit) else { throw .invalid("the removal of a peer") }
    }

    private static func port(_ value: ArraySlice<UInt8>) throws(MeshCodecError) -> UInt16 {
        UInt16(try value.fieldInteger("a port", upTo: UInt64(UInt16.max)))
    }

    /// Appends an endpoint, or nothing where nobody can be reached at it.
    private static func append(
        endpoint bytes: ArraySlice<UInt8>,
        to endpoints: inout [IPAddress]
    ) throws(MeshCodecError) {
        guard endpoints.count < maximumListCount else { throw .tooLarge("the list of endpoints") }
        guard let address = IPAddress(networkBytes: bytes) else { throw .invalid("an endpoint") }
        if !address.isUnspecified, !address.isMulticast { endpoints.append(address) }
    }

    private static func append(
        prefix bytes: ArraySlice<UInt8>,
        to prefixes: inout [IPPrefix]
    ) throws(MeshCodecError) {
        guard prefixes.count < maximumListCount else { throw .tooLarge("the list of prefixes") }
        guard
            let length = bytes.first, let address = IPAddress(networkBytes: bytes.dropFirst()),
            let prefix = IPPrefix(address, length: Int(length)), prefix.address == address
        else { throw .invalid("a prefix") }
        prefixes.append(prefix)
    }

    /// The tags of a record's fields.
    private enum Tag {
        static let name: UInt64 = 1
        static let instance: UInt64 = 2
        static let started: UInt64 = 3
        /// Bit 0: removed.
        static let flags: UInt64 = 4
        static let endpoint: UInt64 = 5
        static let underlayPrefixLength: UInt64 = 6
        static let meshPort: UInt64 = 7
        static let vxlanPort: UInt64 = 8
        static let wireGuardPort: UInt64 = 9
        static let wireGuardKey: UInt64 = 10
        static let encryption: UInt64 = 11
        static let underlayMTU: UInt64 = 12
        /// Length in one byte, then the address.
        static let prefix: UInt64 = 13
        static let network: UInt64 = 14
    }

    /// What a field that is not there means: the initialiser's own defaults.
    private enum Default {
        static let meshPort: UInt16 = 6783
        static let vxlanPort: UInt16 = 6784
        static let wireGuardPort: UInt16 = 6783
        static let underlayMTU: UInt32 = 1500
    }
}

extension ReplicatedEntry {
    /// The record that the value is; nil of another kind than ``Kind/peer``, or of an entry that is not well-formed.
    public var peerRecord: PeerRecord? { storage.record }
}
