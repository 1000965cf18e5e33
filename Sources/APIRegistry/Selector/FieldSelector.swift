/// Which objects, by some of their fields: those that fulfil all terms.
///
/// Source: `k8s.io/apimachinery/pkg/fields/selector.go`.
public struct FieldSelector: Sendable, Hashable {
    /// What is demanded of one field.
    public struct Term: Sendable, Hashable {
        /// The field, such as `metadata.name`.
        public var field: String
        /// Whether the field must have the value, or must not.
        public var isEqual: Bool
        /// The value.
        public var value: String

        /// A term from its parts.
        public init(field: String, isEqual: Bool, value: String) {
            self.field = field
            self.isEqual = isEqual
            self.value = value
        }
    }

    /// What is demanded, sorted; empty for all objects.
    public let terms: [Term]

    /// How long the text of a selector may be, in bytes.
    public static let lengthLimit = 1 << 20

    /// All objects.
    public static let everything = FieldSelector([])

    /// The objects that fulfil all of these.
    public init(_ terms: [Term]) {
        self.terms = terms
    }

    /// Reads the text of a `fieldSelector` parameter, such as `metadata.name=web,spec.nodeName!=n0`.
    ///
    /// A backslash stands before a comma, an equals sign or a backslash that belongs to a value.
    public init(parsing text: String) throws(SelectorError) {
        guard text.utf8.count <= Self.lengthLimit else {
            throw SelectorError("the selector is longer than \(Self.lengthLimit) bytes")
        }
        var terms: [Term] = []
        let parts = Self.parts(of: Array(text.utf8)).sorted { $0.lexicographicallyPrecedes($1) }
        for part in parts where !part.isEmpty {
            guard let sign = Self.sign(in: part) else {
                throw SelectorError(
                    "invalid selector: '\(text)'; can't understand '\(String(decoding: part, as: UTF8.self))'"
                )
            }
            terms.append(
                Term(
                    field: String(decoding: part[..<sign.range.lowerBound], as: UTF8.self),
                    isEqual: sign.isEqual,
                    value: try Self.unescaped(part[sign.range.upperBound...])
                )
            )
        }
        self.init(terms)
    }

    /// Whether it selects all objects.
    public var isEmpty: Bool { terms.isEmpty }

    /// Whether an object is selected.
    ///
    /// - Parameter value: Returns what a field of the object holds; nil counts as empty.
    public func matches(_ value: (_ field: String) -> String?) -> Bool {
        terms.allSatisfy { ((value($0.field) ?? "") == $0.value) == $0.isEqual }
    }

    /// The value that a field must have, if a term says so: `metadata.name` of a watch of one object.
    public func required(_ field: String) -> String? {
        terms.first { $0.field == field && $0.isEqual }?.value
    }

    // MARK: Text

    /// Cuts at the commas that no backslash stands before.
    private static func parts(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start = 0
        var isEscaped = false
        for (position, byte) in bytes.enumerated() {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: ",") {
                parts.append(bytes[start..<position])
                start = position + 1
            }
        }
        parts.append(bytes[start...])
        return parts
    }

    /// The first `!=`, `==` or `=`.
    private static func sign(in part: ArraySlice<UInt8>) -> (range: Range<Int>, isEqual: Bool)? {
        for position in part.indices {
            let rest = part[position...]
            if rest.starts(with: "!=".utf8) { return (position..<position + 2, false) }
            if rest.starts(with: "==".utf8) { return (position..<position + 2, true) }
            if rest.first == UInt8(ascii: "=") { return (position..<position + 1, true) }
        }
        return nil
    }

    private static func unescaped(_ bytes: ArraySlice<UInt8>) throws(SelectorError) -> String {
        var text: [UInt8] = []
        var isEscaped = false
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\\") where !isEscaped:
                isEscaped = true
                continue
            case UInt8(ascii: ","), UInt8(ascii: "="):
                guard isEscaped else {
                    throw SelectorError("invalid field selector: unescaped character in value: \(byte)")
                }
            case UInt8(ascii: "\\"): break
            default:
                guard !isEscaped else {
                    throw SelectorError(
                        "invalid field selector: invalid escape sequence: \\\(Unicode.Scalar(byte))"
                    )
                }
            }
            isEscaped = false
            text.append(byte)
        }
        guard !isEscaped else { throw SelectorError("invalid field selector: invalid escape sequence: \\") }
        return String(decoding: text, as: UTF8.self)
    }
}

extension FieldSelector: CustomStringConvertible {
    /// The text that selects the same, the same for equal selectors.
    public var description: String {
        terms.map { term in
            let value = term.value.replacing("\\", with: "\\\\").replacing(",", with: "\\,").replacing("=", with: "\\=")
            return "\(term.field)\(term.isEqual ? "=" : "!=")\(value)"
        }.joined(separator: ",")
    }
}
