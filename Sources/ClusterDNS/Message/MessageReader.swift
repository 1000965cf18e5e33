import Addressing

/// Reads the parts of a message one after the other; every length is checked before it is used.
struct MessageReader {
    /// Pointers in a name: no more than a name has labels.
    private static let pointerLimit = 127

    private let bytes: [UInt8]
    private(set) var offset: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        offset = 0
    }

    mutating func byte() throws(DNSMessageError) -> UInt8 {
        guard offset < bytes.count else { throw .truncated }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func short() throws(DNSMessageError) -> UInt16 {
        UInt16(try byte()) << 8 | UInt16(try byte())
    }

    mutating func word() throws(DNSMessageError) -> UInt32 {
        UInt32(try short()) << 16 | UInt32(try short())
    }

    mutating func bytes(_ count: Int) throws(DNSMessageError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - offset else { throw .truncated }
        defer { offset += count }
        return bytes[offset..<(offset + count)]
    }

    /// Reads a name, compressed or not (RFC 1035, 4.1.4).
    ///
    /// Each pointer must lead before the place where the part that it ends began, so that no name goes round.
    mutating func name() throws(DNSMessageError) -> DNSName {
        var wire: [UInt8] = []
        var position = offset
        var partStart = offset
        var end: Int?
        var pointers = 0
        while true {
            guard position < bytes.count else { throw .truncated }
            let length = Int(bytes[position])
            switch length >> 6 {
            case 0:
                guard length < bytes.count - position else { throw .truncated }
                guard wire.count + length + 1 <= DNSName.maximumByteCount else { throw .nameTooLong }
                wire += bytes[position...(position + length)]
                position += length + 1
                guard length == 0 else { continue }
                offset = end ?? position
                return DNSName(checkedWire: wire)
            case 3:
                guard position + 1 < bytes.count else { throw .truncated }
                let target = (length & 0x3f) << 8 | Int(bytes[position + 1])
                pointers += 1
                guard target < partStart, pointers <= Self.pointerLimit else { throw .badPointer }
                if end == nil { end = position + 2 }
                position = target
                partStart = target
            default:
                throw .badLabel
            }
        }
    }

    /// Reads the data of a record.
    mutating func data(of type: RecordType, byteCount: Int) throws(DNSMessageError) -> RecordData {
        guard byteCount <= bytes.count - offset else { throw .truncated }
        let end = offset + byteCount
        let data = try content(of: type, end: end)
        guard offset == end else { throw .badRecord }
        return data
    }

    private mutating func content(of type: RecordType, end: Int) throws(DNSMessageError) -> RecordData {
        switch type {
        case .a, .aaaa:
            let count = end - offset
            guard count == (type == .a ? 4 : 16), let address = IPAddress(networkBytes: try bytes(count)) else {
                throw .badRecord
            }
            return .address(address)
        case .ns: return .nameServer(try name())
        case .cname: return .alias(try name())
        case .ptr: return .pointer(try name())
        case .mx: return .mail(preference: try short(), host: try name())
        case .soa:
            return .authority(
                StartOfAuthority(
                    server: try name(),
                    mailbox: try name(),
                    serial: try word(),
                    refresh: try word(),
                    retry: try word(),
                    expire: try word(),
                    minimum: try word()
                )
            )
        case .txt:
            var texts: [[UInt8]] = []
            while offset < end { texts.append(Array(try bytes(Int(try byte())))) }
            return .text(texts)
        case .srv:
            return .service(
                ServiceLocation(
                    priority: try short(),
                    weight: try short(),
                    port: try short(),
                    target: try name()
                )
            )
        default:
            return .other(type, try plainBytes(of: type, end: end))
        }
    }

    /// The data of a type that is not looked into, with its names written out where the type is so old that they may be
    /// compressed (RFC 3597, 4).
    private mutating func plainBytes(of type: RecordType, end: Int) throws(DNSMessageError) -> [UInt8] {
        guard let layout = Self.oldLayouts[type.rawValue] else { return Array(try bytes(end - offset)) }
        var plain = Array(try bytes(layout.prefix))
        for _ in 0..<layout.names { plain += try name().wire }
        guard offset <= end else { throw .badRecord }
        return plain + (try bytes(end - offset))
    }

    /// Bytes, then names: MD, MF, MB, MG, MR, MINFO, RP, AFSDB, RT, PX.
    private static let oldLayouts: [UInt16: (prefix: Int, names: Int)] = [
        3: (0, 1), 4: (0, 1), 7: (0, 1), 8: (0, 1), 9: (0, 1), 14: (0, 2), 17: (0, 2), 18: (2, 1), 21: (2, 1),
        26: (2, 2),
    ]
}

extension DNSMessage {
    /// Reads a message.
    ///
    /// - Throws: What is wrong with the bytes; what follows the last record is passed over.
    public init(_ bytes: [UInt8]) throws(DNSMessageError) {
        var reader = MessageReader(bytes)
        self.init(id: try reader.short())
        let bits = try reader.short()
        flags = Flags(bits: bits)
        var code = bits & 0xf
        let counts = (try reader.short(), try reader.short(), try reader.short(), try reader.short())
        for _ in 0..<counts.0 {
            questions.append(
                Question(
                    try reader.name(),
                    RecordType(rawValue: try reader.short()),
                    class: try reader.short()
                )
            )
        }
        for _ in 0..<counts.1 { answers.append(try Self.ordinaryRecord(&reader)) }
        for _ in 0..<counts.2 { authorities.append(try Self.ordinaryRecord(&reader)) }
        for _ in 0..<counts.3 {
            let record = try Self.record(&reader)
            guard case .other(.opt, let options) = record.data else {
                additionals.append(record)
                continue
            }
            guard extensions == nil, record.name == .root else { throw .badExtensions }
            extensions = try Extensions(record, options)
            code |= UInt16(truncatingIfNeeded: record.timeToLive >> 24) << 4
        }
        self.code = ResponseCode(rawValue: code)
    }

    /// A record that is not OPT.
    private static func ordinaryRecord(_ reader: inout MessageReader) throws(DNSMessageError) -> Record {
        let record = try record(&reader)
        guard record.data.type != .opt else { throw .badExtensions }
        return record
    }

    private static func record(_ reader: inout MessageReader) throws(DNSMessageError) -> Record {
        let name = try reader.name()
        let type = RecordType(rawValue: try reader.short())
        let `class` = try reader.short()
        let timeToLive = try reader.word()
        let data = try reader.data(of: type, byteCount: Int(try reader.short()))
        return Record(name, data, timeToLive: timeToLive, class: `class`)
    }
}

extension DNSMessage.Flags {
    /// From the second 16 bits of a header.
    init(bits: UInt16) {
        isResponse = bits & 0x8000 != 0
        operation = UInt8(truncatingIfNeeded: bits >> 11) & 0xf
        isAuthoritative = bits & 0x0400 != 0
        isTruncated = bits & 0x0200 != 0
        recursionDesired = bits & 0x0100 != 0
        recursionAvailable = bits & 0x0080 != 0
        isAuthentic = bits & 0x0020 != 0
        checkingDisabled = bits & 0x0010 != 0
    }

    /// The second 16 bits of a header, without the code.
    var bits: UInt16 {
        var bits = UInt16(operation & 0xf) << 11
        if isResponse { bits |= 0x8000 }
        if isAuthoritative { bits |= 0x0400 }
        if isTruncated { bits |= 0x0200 }
        if recursionDesired { bits |= 0x0100 }
        if recursionAvailable { bits |= 0x0080 }
        if isAuthentic { bits |= 0x0020 }
        if checkingDisabled { bits |= 0x0010 }
        return bits
    }
}

extension DNSMessage.Extensions {
    /// From an OPT record: its class is the payload size, its TTL the extended code, the version and flags.
    fileprivate init(_ record: DNSMessage.Record, _ content: [UInt8]) throws(DNSMessageError) {
        self.init(payloadSize: record.class)
        version = UInt8(truncatingIfNeeded: record.timeToLive >> 16)
        wantsSignatures = record.timeToLive & 0x8000 != 0
        var reader = MessageReader(content)
        while reader.offset < content.count {
            let code = try reader.short()
            options.append(Option(code: code, bytes: Array(try reader.bytes(Int(try reader.short())))))
        }
    }
}
