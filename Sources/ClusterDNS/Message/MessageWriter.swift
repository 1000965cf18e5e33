import Addressing

/// Writes the parts of a message one after the other, with names compressed (RFC 1035, 4.1.4).
struct MessageWriter {
    /// Names that are looked at for a common end: more would cost more than they save.
    private static let rememberedNames = 128

    private(set) var bytes: [UInt8]
    /// Where labels begin that later names may end with; all within the reach of a pointer.
    private var labelStarts: [Int] = []

    init(capacity: Int) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    mutating func append(_ number: UInt16) {
        bytes.append(UInt8(truncatingIfNeeded: number >> 8))
        bytes.append(UInt8(truncatingIfNeeded: number))
    }

    mutating func append(_ number: UInt32) {
        append(UInt16(truncatingIfNeeded: number >> 16))
        append(UInt16(truncatingIfNeeded: number))
    }

    mutating func append(contentsOf content: some Sequence<UInt8>) { bytes += content }

    /// Writes over 16 bits that were written before.
    mutating func set(_ number: UInt16, at offset: Int) {
        bytes[offset] = UInt8(truncatingIfNeeded: number >> 8)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: number)
    }

    /// Takes back everything from there on.
    mutating func truncate(to count: Int) {
        bytes.removeLast(bytes.count - count)
        while let last = labelStarts.last, last >= count { labelStarts.removeLast() }
    }

    /// Writes a name.
    ///
    /// - Parameter isCompressed: False where the name must stand in full (RFC 3597, 4); later names may still end with
    ///   it.
    mutating func append(_ name: DNSName, isCompressed: Bool = true) {
        var position = 0
        // Later names may end with what stands in full only.
        var starts: [Int] = []
        defer { labelStarts += starts.prefix(Self.rememberedNames - min(labelStarts.count, Self.rememberedNames)) }
        while name.wire[position] != 0 {
            if isCompressed, let earlier = labelStarts.first(where: { stands(name, from: position, at: $0) }) {
                append(0xc000 | UInt16(earlier))
                return
            }
            if bytes.count < 0x4000 { starts.append(bytes.count) }
            let end = position + 1 + Int(name.wire[position])
            bytes += name.wire[position..<end]
            position = end
        }
        bytes.append(0)
    }

    /// Whether the labels of a name from `position` on stand at an offset, up to the case of letters.
    private func stands(_ name: DNSName, from position: Int, at offset: Int) -> Bool {
        var position = position
        var offset = offset
        while true {
            while bytes[offset] >= 0xc0 { offset = Int(bytes[offset] & 0x3f) << 8 | Int(bytes[offset + 1]) }
            let length = Int(name.wire[position])
            guard Int(bytes[offset]) == length else { return false }
            if length == 0 { return true }
            for index in 1...length {
                guard DNSName.lowercased(bytes[offset + index]) == DNSName.lowercased(name.wire[position + index])
                else { return false }
            }
            position += length + 1
            offset += length + 1
        }
    }

    /// Writes a record; false, and nothing, where its data is longer than 16 bits can say.
    mutating func append(_ record: DNSMessage.Record) -> Bool {
        let start = bytes.count
        append(record.name)
        append(record.data.type.rawValue)
        append(record.class)
        append(record.timeToLive)
        let lengthOffset = bytes.count
        append(UInt16(0))
        append(record.data)
        guard let length = UInt16(exactly: bytes.count - lengthOffset - 2) else {
            truncate(to: start)
            return false
        }
        set(length, at: lengthOffset)
        return true
    }

    private mutating func append(_ data: RecordData) {
        switch data {
        case .address(let address):
            address.appendNetworkBytes(to: &bytes)
        case .nameServer(let name), .alias(let name), .pointer(let name):
            append(name)
        case .mail(let preference, let host):
            append(preference)
            append(host)
        case .authority(let authority):
            append(authority.server)
            append(authority.mailbox)
            append(authority.serial)
            append(authority.refresh)
            append(authority.retry)
            append(authority.expire)
            append(authority.minimum)
        case .text(let texts):
            for text in texts {
                let text = text.prefix(255)
                append(UInt8(text.count))
                append(contentsOf: text)
            }
        case .service(let location):
            append(location.priority)
            append(location.weight)
            append(location.port)
            append(location.target, isCompressed: false)
        case .other(_, let content):
            append(contentsOf: content)
        }
    }
}

extension DNSMessage {
    /// The least that every client takes over UDP (RFC 1035, 4.2.1).
    public static let smallestLimit = 512

    /// The message in at most that many bytes.
    ///
    /// What does not fit is left out: of the additional records in silence, of the others with TC set. The header and
    /// the OPT record are always in; ``smallestLimit`` has room for a question besides.
    public func encoded(limit: Int = Int(UInt16.max)) -> [UInt8] {
        let limit = min(limit, Int(UInt16.max))
        var writer = MessageWriter(capacity: min(limit, 1024))
        writer.append(id)
        writer.append(flags.bits | code.rawValue & 0xf)
        for _ in 0..<4 { writer.append(UInt16(0)) }
        let extensionsSize = extensions.map { 11 + $0.options.reduce(0) { $0 + 4 + $1.bytes.count } } ?? 0
        let room = limit - extensionsSize
        var flags = flags
        for (count, question) in questions.enumerated() {
            let start = writer.bytes.count
            writer.append(question.name)
            writer.append(question.type.rawValue)
            writer.append(question.class)
            if writer.bytes.count > room {
                writer.truncate(to: start)
                flags.isTruncated = true
                break
            }
            writer.set(UInt16(clamping: count + 1), at: 4)
        }

        let sections = [(answers, 6), (authorities, 8), (additionals, 10)]
        for (records, countOffset) in sections {
            var count = 0
            for record in records {
                let start = writer.bytes.count
                if writer.append(record), writer.bytes.count <= room, count < Int(UInt16.max) - 1 {
                    count += 1
                    continue
                }
                writer.truncate(to: start)
                if countOffset < 10 { flags.isTruncated = true }
                break
            }
            writer.set(UInt16(count), at: countOffset)
            if count < records.count { break }
        }
        writer.set(flags.bits | code.rawValue & 0xf, at: 2)
        if let extensions { append(extensions, to: &writer) }
        return writer.bytes
    }

    private func append(_ extensions: Extensions, to writer: inout MessageWriter) {
        writer.append(UInt8(0))
        writer.append(RecordType.opt.rawValue)
        writer.append(extensions.payloadSize)
        writer.append(UInt8(truncatingIfNeeded: code.rawValue >> 4))
        writer.append(extensions.version)
        writer.append(extensions.wantsSignatures ? UInt16(0x8000) : 0)
        writer.append(UInt16(clamping: extensions.options.reduce(0) { $0 + 4 + $1.bytes.count }))
        for option in extensions.options {
            writer.append(option.code)
            writer.append(UInt16(clamping: option.bytes.count))
            writer.append(contentsOf: option.bytes)
        }
        let count = UInt16(writer.bytes[10]) << 8 | UInt16(writer.bytes[11])
        writer.set(count &+ 1, at: 10)
    }
}
