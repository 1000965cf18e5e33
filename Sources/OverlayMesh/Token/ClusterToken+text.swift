import Crypto

/// What is wrong with the text of a token.
public enum ClusterTokenError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It does not begin as tokens do.
    case noPrefix
    /// It has so many characters after the prefix, instead of 58.
    case wrongLength(characterCount: Int)
    /// The character at that place, from 1, is none of base 32.
    case invalidCharacter(position: Int)
    /// It has a typing error: its checksum is another one.
    case wrongChecksum

    /// What is wrong, and what to do.
    public var description: String {
        let remedy = "copy it again from a peer, or make a new one with `trama overlay token`"
        switch self {
        case .noPrefix:
            return "the token does not begin with \"\(ClusterToken.prefix)\": \(remedy)"
        case .wrongLength(let count):
            let expected = ClusterToken.characterCount
            return
                "the token has \(count) characters after \"\(ClusterToken.prefix)\" instead of \(expected): \(remedy)"
        case .invalidCharacter(let position):
            return "character \(position) of the token is neither a digit nor a letter that tokens have: \(remedy)"
        case .wrongChecksum:
            return "the token has a typing error (its checksum does not fit): \(remedy)"
        }
    }
}

extension ClusterToken: CustomStringConvertible {
    /// What every token's text begins with.
    static let prefix = "trama-"
    /// Characters after the prefix: 32 bytes and 4 of checksum, five bits each.
    static let characterCount = 58
    private static let checksumByteCount = 4

    /// The whole text, the secret included: for the operator, never for a log.
    public var text: String { Self.prefix + Base32.encode(bytes + Self.checksum(of: bytes)) }

    /// The fingerprint, not the secret, so that a token in a log line or an error tells nothing.
    public var description: String { "token \(fingerprint)" }

    /// A token from its text, white space around it aside.
    public init(text: some StringProtocol) throws(ClusterTokenError) {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
        let trimmed = Array(text.utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
        guard trimmed.starts(with: Self.prefix.utf8) else { throw .noPrefix }
        let characters = trimmed.dropFirst(Self.prefix.utf8.count)
        guard characters.count == Self.characterCount else { throw .wrongLength(characterCount: characters.count) }
        let decoded: [UInt8]
        do {
            decoded = try Base32.decode(characters)
        } catch {
            throw .invalidCharacter(position: Self.prefix.utf8.count + error.offset + 1)
        }
        let secret = Array(decoded.prefix(Self.byteCount))
        guard let token = ClusterToken(bytes: secret), decoded == secret + Self.checksum(of: secret) else {
            throw .wrongChecksum
        }
        self = token
    }

    private static func checksum(of bytes: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: Array("trama token checksum".utf8))
        hash.update(data: bytes)
        return Array(hash.finalize().prefix(checksumByteCount))
    }
}
