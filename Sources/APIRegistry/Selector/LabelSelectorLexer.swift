/// Cuts the text of a label selector into words and signs.
///
/// Source: `Lexer` of `k8s.io/apimachinery/pkg/labels/selector.go`.
struct LabelSelectorLexer {
    enum Token {
        case error, end, closed, comma, not, doubleEquals, equals, greater, identifier, `in`, less, notEquals, notIn
        case open
    }

    private static let signs: [String: Token] = [
        ")": .closed, ",": .comma, "!": .not, "==": .doubleEquals, "=": .equals, ">": .greater, "(": .open, "<": .less,
        "!=": .notEquals,
    ]

    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func next() -> (token: Token, text: String) {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
        // As in Go, where the lexer takes a zero byte for the end.
        guard position < bytes.count, bytes[position] != 0 else { return (.end, "") }
        return Self.isSign(bytes[position]) ? nextSign() : nextWord()
    }

    private mutating func nextSign() -> (token: Token, text: String) {
        var found: (token: Token, text: String)?
        var text = ""
        while position < bytes.count, Self.isSign(bytes[position]) {
            text.unicodeScalars.append(Unicode.Scalar(bytes[position]))
            if let token = Self.signs[text] {
                found = (token, text)
            } else if found != nil {
                break
            }
            position += 1
        }
        return found ?? (.error, "error expected: keyword found '\(text)'")
    }

    private mutating func nextWord() -> (token: Token, text: String) {
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == 0 || Self.isSpace(byte) || Self.isSign(byte) { break }
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        switch text {
        case "in": return (.in, text)
        case "notin": return (.notIn, text)
        default: return (.identifier, text)
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a
    }

    private static func isSign(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","),
            UInt8(ascii: ">"), UInt8(ascii: "<"):
            true
        default: false
        }
    }
}
