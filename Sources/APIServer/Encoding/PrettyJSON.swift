/// Puts line breaks and spaces into JSON.
enum PrettyJSON {
    /// The same JSON, indented by two spaces, with a line break at the end, as Go's `json.Indent` writes it.
    static func indent(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * 2)
        var depth = 0
        var isInString = false
        var isEscaped = false
        for (position, byte) in bytes.enumerated() {
            if isInString {
                result.append(byte)
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                result.append(byte)
                let next = position + 1 < bytes.count ? bytes[position + 1] : 0
                depth += 1
                if next != UInt8(ascii: "}"), next != UInt8(ascii: "]") { breakLine(depth, &result) }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                let last = result.last ?? 0
                if last != UInt8(ascii: "{"), last != UInt8(ascii: "[") { breakLine(depth, &result) }
                result.append(byte)
            case UInt8(ascii: ","):
                result.append(byte)
                breakLine(depth, &result)
            case UInt8(ascii: ":"):
                result.append(byte)
                result.append(UInt8(ascii: " "))
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                break
            default:
                if byte == UInt8(ascii: "\"") { isInString = true }
                result.append(byte)
            }
        }
        result.append(UInt8(ascii: "\n"))
        return result
    }

    private static func breakLine(_ depth: Int, _ result: inout [UInt8]) {
        result.append(UInt8(ascii: "\n"))
        for _ in 0..<max(0, depth) * 2 { result.append(UInt8(ascii: " ")) }
    }
}
