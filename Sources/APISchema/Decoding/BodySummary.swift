import JSON

/// What refusals show of a body that nobody understands. Source: `k8s.io/apiserver/pkg/endpoints/handlers/rest.go`.
enum BodySummary {
    private static let length = 30

    /// The beginning of the body: as it is where it looks like JSON, otherwise in hexadecimal.
    static func text(of body: [UInt8]) -> String {
        guard let first = body.first else { return "<empty>" }
        let rest = body.count > length ? " ..." : ""
        if first == UInt8(ascii: "{") { return String(decoding: body.prefix(length), as: UTF8.self) + rest }
        let digits = Array("0123456789abcdef".utf8)
        let hex = body.prefix(length).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: hex, as: UTF8.self) + rest
    }

    /// What Go's scanner says of the same text.
    static func goWords(for error: JSONError, in body: [UInt8]) -> String {
        guard body.indices.contains(error.offset) else { return "unexpected end of JSON input" }
        let places = [
            ("expected a value", "looking for beginning of value"),
            ("expected a comma or a closing brace", "after object key:value pair"),
            ("expected a comma or a closing bracket", "after array element"),
            ("expected a colon", "after object key"),
            ("expected a name in quotes", "looking for beginning of object key string"),
            ("expected the end", "after top-level value"),
            ("control character in a string", "in string literal"),
            ("a backslash must be followed", "in string escape code"),
        ]
        guard let place = places.first(where: { error.reason.contains($0.0) }) else { return error.reason }
        let byte = body[error.offset]
        let shown =
            byte == UInt8(ascii: "'") ? "'\\''" : "'\(String(Unicode.Scalar(byte)).goQuoted.dropFirst().dropLast())'"
        return "invalid character \(shown) \(place.1)"
    }
}
