extension DNSName: LosslessStringConvertible {
    /// Reads `web.default.svc.cluster.local`, with or without a dot at the end; `.` is the root.
    ///
    /// A backslash makes the next character, or three decimal digits a byte, part of the label (RFC 1035, 5.1). Nil for
    /// empty labels and for what is too long.
    public init?(_ text: String) {
        guard text != "." else {
            self = .root
            return
        }
        var labels: [[UInt8]] = [[]]
        let bytes = Array(text.utf8)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "."):
                labels.append([])
            case UInt8(ascii: "\\"):
                guard let (value, length) = Self.escaped(bytes[position...]) else { return nil }
                labels[labels.count - 1].append(value)
                position += length
            default:
                labels[labels.count - 1].append(byte)
            }
            guard labels.count <= Self.maximumByteCount else { return nil }
        }
        if labels.last?.isEmpty == true, labels.count > 1 { labels.removeLast() }
        self.init(labels: labels)
    }

    private static func escaped(_ bytes: ArraySlice<UInt8>) -> (value: UInt8, length: Int)? {
        guard let first = bytes.first else { return nil }
        guard isDigit(first) else { return (first, 1) }
        let digits = bytes.prefix(3)
        guard digits.count == 3, digits.allSatisfy({ isDigit($0) }) else { return nil }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return UInt8(exactly: value).map { ($0, 3) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// With a dot at the end, and with escapes for dots, backslashes and what cannot be printed.
    public var description: String {
        let labels = labels
        guard !labels.isEmpty else { return "." }
        var text = ""
        for label in labels {
            for byte in label {
                switch byte {
                case UInt8(ascii: "."), UInt8(ascii: "\\"):
                    text += "\\"
                    text.unicodeScalars.append(Unicode.Scalar(byte))
                case 0x21...0x7e:
                    text.unicodeScalars.append(Unicode.Scalar(byte))
                default:
                    let digits = String(byte)
                    text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
                }
            }
            text += "."
        }
        return text
    }
}
