import APISchema

/// Where in a document a value lies (RFC 6901), such as `/spec/ports/0`.
struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    /// How long the text may be, in bytes.
    private static let lengthLimit = 16_384

    /// The steps down; empty for the document.
    let tokens: [String]
    /// The text.
    let description: String

    init(_ text: String) throws(PatchError) {
        guard text.utf8.count <= Self.lengthLimit else {
            throw PatchError(.malformed, "a path of a JSON patch may have at most \(Self.lengthLimit) bytes")
        }
        description = text
        guard !text.isEmpty else {
            tokens = []
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw PatchError(.malformed, "the path \(text.goQuoted) of a JSON patch must begin with '/'")
        }
        tokens = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { token in
            // In this order, so that "~01" is "~1".
            String(token.replacing("~1", with: "/").replacing("~0", with: "~"))
        }
    }

    /// Whether the other lies below this one.
    func isAbove(_ other: JSONPointer) -> Bool {
        other.tokens.count > tokens.count && other.tokens.starts(with: tokens)
    }
}
