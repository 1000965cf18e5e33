/// User data of an object: fields of a type, a length and bytes, which the kernel keeps without reading them.
///
/// `nft` keeps there what it needs to print an object as it was written. Layout: libnftnl's `udata.h`; one byte each
/// for type and length, then the bytes, without padding.
struct UserData: Equatable {
    /// The fields, one after the other.
    private(set) var bytes: [UInt8] = []

    /// Most bytes that the kernel keeps for one object (`NFT_USERDATA_MAXLEN`).
    static let maximumByteCount = 256
    /// Longest comment in bytes: nft's own bound, without its terminating zero (`NFTNL_UDATA_COMMENT_MAXLEN`).
    static let maximumCommentByteCount = 127

    init() {}

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isEmpty: Bool { bytes.isEmpty }

    /// Appends a field; nothing where it is longer than the 255 bytes that a length can say.
    mutating func append(_ type: UInt8, _ content: some Collection<UInt8>) {
        guard let count = UInt8(exactly: content.count) else { return }
        bytes += [type, count]
        bytes += content
    }

    /// Appends a number of 32 bits, in host order as nft writes it.
    mutating func append(_ type: UInt8, _ number: UInt32) {
        append(type, RegisterValue(hostOrder: number).bytes)
    }

    /// Appends a string with its terminating zero.
    mutating func append(_ type: UInt8, _ text: String) { append(type, Array(text.utf8) + [0]) }

    /// Appends fields as one field.
    mutating func append(_ type: UInt8, _ fields: UserData) { append(type, fields.bytes) }

    /// The fields by type; a field that runs past the end, and what follows it, is left out.
    var fields: [UInt8: ArraySlice<UInt8>] {
        var fields: [UInt8: ArraySlice<UInt8>] = [:]
        var offset = 0
        while offset + 2 <= bytes.count {
            let end = offset + 2 + Int(bytes[offset + 1])
            guard end <= bytes.count else { break }
            fields[bytes[offset]] = bytes[(offset + 2)..<end]
            offset = end
        }
        return fields
    }

    /// The number in a field of four bytes.
    func number(_ type: UInt8) -> UInt32? {
        guard let field = fields[type], field.count == 4 else { return nil }
        // Host order: the last byte is the highest on a little-endian host.
        let ordered = UInt32(littleEndian: 1) == 1 ? Array(field.reversed()) : Array(field)
        return ordered.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The text in a field, without its terminating zero.
    func text(_ type: UInt8) -> String? {
        fields[type].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The fields in a field.
    func nested(_ type: UInt8) -> UserData? { fields[type].map { UserData(bytes: Array($0)) } }
}

extension UserData {
    /// User data of nothing but a comment, which has the same type for tables, chains, rules and elements.
    init(comment: String?) {
        if let comment { append(0, comment) }
    }

    /// The comment of a table, chain, rule or element.
    var comment: String? { text(0) }
}
