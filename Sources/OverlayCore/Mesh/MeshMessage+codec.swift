internal import Addressing

/// A message is one byte that says which, then fields (a tag, a length, that many bytes).
///
/// Fields that the reader does not know are skipped, messages that it does not know are ``MeshMessage/unknown(_:)``. The
/// introduction and the refusal stay as they are in all versions of the protocol, so that an old and a new peer can
/// tell each other why they do not talk.
extension MeshMessage {
    /// The largest message, in bytes, without the length that the transport puts before it.
    public static let maximumByteCount = 1 << 20

    /// The most ranges, the longest cluster name and the longest text of a refusal, in bytes.
    private static let limits = (ranges: 64, cluster: 255, text: 1024)

    /// Appends the message's bytes.
    public func encode(into bytes: inout [UInt8]) {
        switch self {
        case .hello(let hello):
            bytes.append(Kind.hello)
            Field.append(1, varint: UInt64(hello.protocolVersions.lowerBound), to: &bytes)
            Field.append(2, varint: UInt64(hello.protocolVersions.upperBound), to: &bytes)
            Field.append(3, hello.cluster.utf8, to: &bytes)
            for range in hello.ranges { Field.append(4, range.utf8, to: &bytes) }
            Field.append(5, varint: hello.capabilities, to: &bytes)
            Field.append(6, hello.own, to: &bytes)
        case .refuse(let refusal):
            bytes.append(Kind.refuse)
            Field.append(1, varint: UInt64(refusal.code.rawValue), to: &bytes)
            Field.append(2, refusal.text.utf8, to: &bytes)
        case .digest(let digest):
            bytes.append(Kind.digest)
            Field.append(1, fixed: digest.root, to: &bytes)
            Field.append(2, varint: UInt64(digest.count), to: &bytes)
        case .buckets(let sums):
            bytes.append(Kind.buckets)
            Field.append(1, hashes: sums, to: &bytes)
        case .versions(let versions):
            bytes.append(Kind.versions)
            Field.append(1, varint: UInt64(versions.bits), to: &bytes)
            Field.append(2, versions.buckets, to: &bytes)
            Field.append(3, hashes: versions.items.flatMap { [$0.hash, $0.fingerprint] }, to: &bytes)
        case .want(let hashes):
            bytes.append(Kind.want)
            Field.append(1, hashes: hashes, to: &bytes)
        case .entries(let entries):
            bytes.append(Kind.entries)
            bytes.reserveCapacity(bytes.count + encodedByteCount)
            for entry in entries { Field.append(1, entry, to: &bytes) }
        case .needed(let isNeeded):
            bytes.append(Kind.needed)
            Field.append(1, varint: isNeeded ? 1 : 0, to: &bytes)
        case .lack(let lack):
            bytes.append(Kind.lack)
            Field.append(1, fixed: lack.ring, to: &bytes)
            Field.append(2, varint: lack.family == .ipv4 ? 4 : 6, to: &bytes)
        case .eager(let isEager):
            bytes.append(Kind.eager)
            Field.append(1, varint: isEager ? 1 : 0, to: &bytes)
        case .unknown(let kind):
            bytes.append(kind)
        }
    }

    /// The number of bytes that ``encode(into:)`` appends; costs much less where it matters.
    public var encodedByteCount: Int {
        switch self {
        case .hello, .refuse:
            var bytes: [UInt8] = []
            encode(into: &bytes)
            return bytes.count
        case .digest(let digest): return 13 + Field.byteCount(varint: UInt64(digest.count))
        case .buckets(let hashes), .want(let hashes):
            return 1 + Field.byteCount(1, valueByteCount: 8 * hashes.count)
        case .versions(let versions):
            return 4 + Field.byteCount(2, valueByteCount: versions.buckets.count)
                + Field.byteCount(3, valueByteCount: 16 * versions.items.count)
        case .entries(let entries):
            return entries.reduce(1) { $0 + Field.byteCount(1, valueByteCount: $1.encodedByteCount) }
        case .needed, .eager: return 4
        case .lack: return 14
        case .unknown: return 1
        }
    }

    /// A message from all of its bytes.
    public init(decoding bytes: ArraySlice<UInt8>) throws(MeshCodecError) {
        guard bytes.count <= Self.maximumByteCount else { throw .tooLarge("a message") }
        var reader = FieldReader(bytes)
        let kind = try reader.byte()
        switch kind {
        case Kind.hello: self = .hello(try Self.hello(&reader))
        case Kind.refuse: self = .refuse(try Self.refusal(&reader))
        case Kind.digest: self = .digest(try Self.digest(&reader))
        case Kind.buckets:
            let sums = try Self.hashes(&reader, "sums")
            guard (1...256).contains(sums.count), sums.count.nonzeroBitCount == 1 else { throw .invalid("sums") }
            self = .buckets(sums)
        case Kind.versions: self = .versions(try Self.versions(&reader))
        case Kind.want: self = .want(try Self.hashes(&reader, "wanted hashes"))
        case Kind.entries:
            var entries: [ReplicatedEntry] = []
            while let (tag, value) = try reader.next() {
                if tag == 1 { entries.append(try ReplicatedEntry(decoding: value)) }
            }
            self = .entries(entries)
        case Kind.needed: self = .needed(try Self.answer(&reader, "a need"))
        case Kind.eager: self = .eager(try Self.answer(&reader, "an eagerness"))
        case Kind.lack: self = .lack(try Self.lack(&reader))
        default: self = .unknown(kind)
        }
    }

    /// The first byte.
    private enum Kind {
        static let hello: UInt8 = 1
        static let refuse: UInt8 = 2
        static let digest: UInt8 = 3
        static let buckets: UInt8 = 4
        static let versions: UInt8 = 5
        static let want: UInt8 = 6
        static let entries: UInt8 = 7
        static let needed: UInt8 = 8
        static let lack: UInt8 = 9
        static let eager: UInt8 = 10
    }

    private static func hello(_ reader: inout FieldReader) throws(MeshCodecError) -> MeshHello {
        var lowest: UInt16?
        var highest: UInt16?
        var hello: (cluster: String?, ranges: [String], capabilities: UInt64, own: ReplicatedEntry?) = (nil, [], 0, nil)
        while let (tag, value) = try reader.next() {
            switch tag {
            case 1: lowest = UInt16(try value.fieldInteger("a version", upTo: UInt64(UInt16.max)))
            case 2: highest = UInt16(try value.fieldInteger("a version", upTo: UInt64(UInt16.max)))
            case 3: hello.cluster = try value.fieldText("the cluster's name", limit: limits.cluster)
            case 4:
                guard hello.ranges.count < limits.ranges else { throw .tooLarge("the list of ranges") }
                hello.ranges.append(try value.fieldText("a range", limit: 64))
            case 5: hello.capabilities = try value.fieldInteger("capabilities")
            case 6: hello.own = try ReplicatedEntry(decoding: value)
            default: break
            }
        }
        guard let lowest, let highest else { throw .missing("the protocol's version") }
        guard lowest <= highest else { throw .invalid("the protocol's version") }
        guard let cluster = hello.cluster else { throw .missing("the cluster's name") }
        guard let own = hello.own else { throw .missing("the peer's record") }
        return MeshHello(
            protocolVersions: lowest...highest,
            cluster: cluster,
            ranges: hello.ranges,
            capabilities: hello.capabilities,
            own: own
        )
    }

    private static func refusal(_ reader: inout FieldReader) throws(MeshCodecError) -> MeshRefusal {
        var refusal = MeshRefusal(code: .init(rawValue: 0), text: "")
        while let (tag, value) = try reader.next() {
            switch tag {
            case 1: refusal.code.rawValue = UInt8(try value.fieldInteger("a code", upTo: 255))
            case 2: refusal.text = try value.fieldText("the text of a refusal", limit: limits.text)
            default: break
            }
        }
        return refusal
    }

    private static func digest(_ reader: inout FieldReader) throws(MeshCodecError) -> MeshDigest {
        var root: UInt64?
        var count: UInt32 = 0
        while let (tag, value) = try reader.next() {
            switch tag {
            case 1: root = try value.fieldFixed("a sum")
            case 2: count = UInt32(try value.fieldInteger("a number of entries", upTo: UInt64(UInt32.max)))
            default: break
            }
        }
        guard let root else { throw .missing("a sum") }
        return MeshDigest(root: root, count: count)
    }

    /// The yes or no in field 1; yes where it is not there.
    private static func answer(_ reader: inout FieldReader, _ name: String) throws(MeshCodecError) -> Bool {
        var answer = true
        while let (tag, value) = try reader.next() {
            if tag == 1 { answer = try value.fieldInteger(name) != 0 }
        }
        return answer
    }

    private static func lack(_ reader: inout FieldReader) throws(MeshCodecError) -> MeshLack {
        var ring: UInt64?
        var family: UInt64?
        while let (tag, value) = try reader.next() {
            switch tag {
            case 1: ring = try value.fieldFixed("a ring")
            case 2: family = try value.fieldInteger("a family")
            default: break
            }
        }
        guard let ring else { throw .missing("a ring") }
        guard family == 4 || family == 6 else { throw .invalid("a family") }
        return MeshLack(ring: ring, family: family == 4 ? .ipv4 : .ipv6)
    }

    private static func versions(_ reader: inout FieldReader) throws(MeshCodecError) -> MeshVersions {
        var versions = MeshVersions(bits: 0, buckets: [], items: [])
        while let (tag, value) = try reader.next() {
            switch tag {
            case 1: versions.bits = UInt8(try value.fieldInteger("a number of bits", upTo: 8))
            case 2:
                guard value.count <= 256 else { throw .tooLarge("the list of buckets") }
                versions.buckets = [UInt8](value)
            case 3:
                guard value.count.isMultiple(of: 16) else { throw .truncated }
                var items = FieldReader(value)
                versions.items.reserveCapacity(value.count / 16)
                while !items.isAtEnd {
                    versions.items.append(.init(hash: try items.fixed(), fingerprint: try items.fixed()))
                }
            default: break
            }
        }
        let bucketCount = 1 << Int(versions.bits)
        guard
            versions.buckets.allSatisfy({ Int($0) < bucketCount }),
            zip(versions.buckets, versions.buckets.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw .invalid("the list of buckets") }
        guard zip(versions.items, versions.items.dropFirst()).allSatisfy({ $0.hash <= $1.hash }) else {
            throw .invalid("the order of items")
        }
        return versions
    }

    /// The hashes in field 1.
    private static func hashes(_ reader: inout FieldReader, _ name: String) throws(MeshCodecError) -> [UInt64] {
        var hashes: [UInt64] = []
        while let (tag, value) = try reader.next() {
            guard tag == 1 else { continue }
            guard value.count.isMultiple(of: 8) else { throw .truncated }
            var items = FieldReader(value)
            hashes.reserveCapacity(value.count / 8)
            while !items.isAtEnd { hashes.append(try items.fixed()) }
        }
        return hashes
    }
}

extension Field {
    /// Appends a field that holds an entry.
    static func append(_ tag: UInt64, _ entry: ReplicatedEntry, to bytes: inout [UInt8]) {
        append(varint: tag, to: &bytes)
        append(varint: UInt64(entry.encodedByteCount), to: &bytes)
        entry.encode(into: &bytes)
    }

    /// Appends a field that holds numbers of eight bytes each, in network order.
    static func append(_ tag: UInt64, hashes: [UInt64], to bytes: inout [UInt8]) {
        append(varint: tag, to: &bytes)
        append(varint: UInt64(8 * hashes.count), to: &bytes)
        for hash in hashes { append(fixed: hash, to: &bytes) }
    }
}
