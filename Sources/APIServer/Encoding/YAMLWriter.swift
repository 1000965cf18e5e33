import JSON

/// Writes objects as YAML 1.2: for clients that accept nothing else.
///
/// Strings are in double quotes, as in JSON, where they could be taken for anything else.
enum YAMLWriter {
    /// The YAML of an object.
    static func text(_ value: JSONValue) -> [UInt8] {
        var text = ""
        write(value, indent: 0, isInline: false, to: &text)
        return Array(text.utf8)
    }

    private static func write(_ value: JSONValue, indent: Int, isInline: Bool, to text: inout String) {
        switch value {
        case .object(let members) where !members.isEmpty:
            for (position, member) in members.enumerated() {
                if position > 0 || !isInline { text += String(repeating: " ", count: indent) }
                text += "\(scalar(member.name)):"
                writeValue(member.value, indent: indent, to: &text)
            }
        case .array(let elements) where !elements.isEmpty:
            for element in elements {
                text += String(repeating: " ", count: indent) + "- "
                write(element, indent: indent + 2, isInline: true, to: &text)
            }
        default:
            text += plain(value) + "\n"
        }
    }

    private static func writeValue(_ value: JSONValue, indent: Int, to text: inout String) {
        switch value {
        case .object(let members) where !members.isEmpty:
            text += "\n"
            write(value, indent: indent + 2, isInline: false, to: &text)
        case .array(let elements) where !elements.isEmpty:
            text += "\n"
            write(value, indent: indent, isInline: false, to: &text)
        default:
            text += " \(plain(value))\n"
        }
    }

    private static func plain(_ value: JSONValue) -> String {
        switch value {
        case .string(let string): scalar(string)
        case .object: "{}"
        case .array: "[]"
        default: String(decoding: value.json, as: UTF8.self)
        }
    }

    /// Letters, digits and a few signs, beginning with a letter, stand as they are; but for words that mean something.
    private static func scalar(_ string: String) -> String {
        let words: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"]
        let isPlain = string.utf8.enumerated().allSatisfy { position, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "/"):
                position > 0
            default: false
            }
        }
        if isPlain, !string.isEmpty, !words.contains(string.lowercased()) { return string }
        return String(decoding: JSONValue.string(string).json, as: UTF8.self)
    }
}
