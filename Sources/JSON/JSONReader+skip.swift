extension JSONReader {
    /// Skips a value of any type, with all that is in it.
    public mutating func skipValue() throws(JSONError) {
        let outerDepth = depth
        // Which of the open values are objects: the lowest bit is the innermost one.
        var areObjects: UInt128 = 0
        while true {
            switch try nextByte() {
            case UInt8(ascii: "\""):
                _ = try scanString()
            case UInt8(ascii: "{"):
                try beginObject()
                areObjects = areObjects << 1 | 1
                if try nextMember() {
                    _ = try scanString()
                    try readColon()
                    continue
                }
                areObjects >>= 1
            case UInt8(ascii: "["):
                try beginArray()
                areObjects <<= 1
                if try nextElement() { continue }
                areObjects >>= 1
            case UInt8(ascii: "t"):
                try readLiteral("true")
            case UInt8(ascii: "f"):
                try readLiteral("false")
            case UInt8(ascii: "n"):
                try readLiteral("null")
            case let byte where byte == UInt8(ascii: "-") || Self.isDigit(byte):
                _ = try scanNumber()
            default:
                throw unexpected("a value")
            }
            // A value is complete: go on with the innermost one that is not.
            while depth > outerDepth {
                if areObjects & 1 == 1 {
                    if try nextMember() {
                        _ = try scanString()
                        try readColon()
                        break
                    }
                } else if try nextElement() {
                    break
                }
                areObjects >>= 1
            }
            if depth == outerDepth { return }
        }
    }
}
