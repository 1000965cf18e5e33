import JSON
import KubernetesAPI

/// The values that are more than JSON says of them: times, quantities and the like.
enum ScalarText {
    /// Why a value is refused, in upstream's words.
    struct Failure: Error, Equatable {
        var words: String
    }

    /// The value as the API shows it.
    static func canonical(_ value: JSONValue, _ element: CodecPlan.Element) -> Result<JSONValue, Failure> {
        switch element {
        case .time, .microTime: time(value, isPrecise: element == .microTime)
        case .duration: duration(value)
        case .quantity: quantity(value)
        case .intOrString: intOrString(value)
        default: .success(value)
        }
    }

    /// What is wrong with a value that is of another type than the text or number that it should be.
    private static func mismatch(_ value: JSONValue, _ goType: String) -> Failure {
        let found =
            switch value {
            case .null: "null"
            case .bool: "bool"
            case .number(let text): goType == "int32" ? "number \(text)" : "number"
            case .string: "string"
            case .array: "array"
            case .object: "object"
            }
        return Failure(words: "json: cannot unmarshal \(found) into Go value of type \(goType)")
    }

    private static func time(_ value: JSONValue, isPrecise: Bool) -> Result<JSONValue, Failure> {
        guard case .string(let text) = value else { return .failure(mismatch(value, "string")) }
        if let time = Timestamp(text) { return .success(.string(self.text(of: time, isPrecise: isPrecise))) }
        let layout = isPrecise ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00"
        let words = "parsing time \(text.goQuoted) as \"\(layout)\": cannot parse \(text.goQuoted) as \"2006\""
        return .failure(Failure(words: words))
    }

    /// A time with as many digits as its type has.
    static func text(of time: Timestamp, isPrecise: Bool) -> String {
        isPrecise ? time.microsecondDescription : Timestamp(seconds: time.seconds).description
    }

    private static func duration(_ value: JSONValue) -> Result<JSONValue, Failure> {
        guard case .string(let text) = value else { return .failure(mismatch(value, "string")) }
        guard GoDuration.nanoseconds(text) != nil else {
            return .failure(Failure(words: "time: invalid duration \(text.goQuoted)"))
        }
        return .success(value)
    }

    private static func intOrString(_ value: JSONValue) -> Result<JSONValue, Failure> {
        switch value {
        case .string: return .success(value)
        case .number(let text):
            if let number = Int32(text) { return .success(.integer(number)) }
            return .failure(mismatch(value, "int32"))
        default: return .failure(mismatch(value, "int32"))
        }
    }

    private static func quantity(_ value: JSONValue) -> Result<JSONValue, Failure> {
        let text: String
        switch value {
        case .string(let string): text = String(string.utf8.filter { $0 > 0x20 }.map { Character(Unicode.Scalar($0)) })
        case .number(let number): text = number
        default: text = String(decoding: value.json, as: UTF8.self)
        }
        return QuantityText.canonical(text).map { .string($0) }
    }
}
