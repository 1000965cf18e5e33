/// The parameters of a request's URL.
public struct QueryParameters: Sendable, Hashable {
    /// Name and value, decoded, in their order.
    public private(set) var items: [Item] = []

    /// One parameter.
    public struct Item: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Its value; empty where it has none.
        public var value: String
    }

    /// No parameters.
    public init() {}

    /// Reads what follows the question mark; `+` is a space. What is not well-formed stands for itself, as in Go.
    public init(_ query: some StringProtocol) {
        for part in query.utf8.split(separator: UInt8(ascii: "&")) {
            let equals = part.firstIndex(of: UInt8(ascii: "="))
            let name = part[..<(equals ?? part.endIndex)]
            let value = equals.map { part[part.index(after: $0)...] } ?? part[part.endIndex...]
            items.append(Item(name: Self.decode(name), value: Self.decode(value)))
        }
    }

    /// The first value of that name; nil where there is none.
    public subscript(_ name: String) -> String? { items.first { $0.name == name }?.value }

    /// All values of that name.
    public func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    /// Whether a parameter is set to something true, as upstream reads flags: there, and not `0` or `false`,
    /// which Python writes with a capital.
    ///
    /// Source: `Convert_Slice_string_To_bool` in `k8s.io/apimachinery/pkg/runtime/conversion.go`.
    public func isSet(_ name: String) -> Bool {
        guard let value = self[name] else { return false }
        return value != "0" && value.lowercased() != "false"
    }

    /// Adds a parameter at the end.
    public mutating func append(_ name: String, _ value: String) {
        items.append(Item(name: name, value: value))
    }

    /// As it stands in a URL, without the question mark: ``init(_:)`` reads it back.
    public var text: String {
        items.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
    }

    /// Text with everything but letters, digits, `-`, `.`, `_` and `~` percent-encoded (RFC 3986, section 2.3): it can
    /// stand in a query, and as a part of a path.
    public static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Percent-decoded text.
    public static func decode(_ text: some Collection<UInt8>, plusIsSpace: Bool = true) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var iterator = text.makeIterator()
        var held: [UInt8] = []
        while let byte = held.popLast() ?? iterator.next() {
            if byte == UInt8(ascii: "+"), plusIsSpace {
                bytes.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%") {
                let high = held.popLast() ?? iterator.next()
                let low = high == nil ? nil : held.popLast() ?? iterator.next()
                if let high, let low, let first = Self.hex(high), let second = Self.hex(low) {
                    bytes.append(first << 4 | second)
                } else {
                    bytes.append(byte)
                    if let low { held.append(low) }
                    if let high { held.append(high) }
                }
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
