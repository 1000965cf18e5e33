import JSON

/// What a YAML scalar without quotes means: the rules of YAML 1.1, as kubectl has them.
enum YAMLScalar: Equatable {
    case null
    case bool(Bool)
    /// A number that JSON can write the same way.
    case number
    /// A text; also numbers in forms that only YAML has, such as `0x50` and `0080`, so that whoever expects a number
    /// complains instead of taking one that the writer did not mean.
    case string

    init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": self = .bool(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": self = .bool(false)
        default: self = Self.isNumber(text) ? .number : .string
        }
    }

    /// Whether the whole text is a number as JSON has it.
    private static func isNumber(_ text: String) -> Bool {
        guard let first = text.utf8.first, first == UInt8(ascii: "-") || JSONReader.isDigit(first) else { return false }
        var reader = JSONReader(text.utf8)
        return (try? reader.scanNumber()) != nil && reader.offset == text.utf8.count
    }
}
