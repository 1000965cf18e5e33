import JSON
import KubernetesAPI

/// Collects what is wrong with an object, field by field, in upstream's words.
struct FieldValidator {
    /// What was found, in order.
    private(set) var errors: [FieldError] = []

    /// A value must be there, and is not.
    mutating func required(_ field: FieldPath, _ detail: String = "") {
        errors.append(FieldError(field, .required, detail))
    }

    /// A value is not what it must be.
    mutating func invalid(_ field: FieldPath, _ value: JSONValue, _ detail: String) {
        errors.append(FieldError(field, .invalid, value: value, detail))
    }

    /// A value breaks these rules; nothing where there are none.
    mutating func invalid(_ field: @autoclosure () -> FieldPath, _ value: JSONValue, _ problems: [String]) {
        for problem in problems { invalid(field(), value, problem) }
    }

    /// A value is none of those that there are.
    mutating func unsupported(_ field: FieldPath, _ value: JSONValue, _ supported: [String]) {
        let choices = supported.map { "\"\($0)\"" }.joined(separator: ", ")
        errors.append(FieldError(field, .notSupported, value: value, "supported values: \(choices)"))
    }

    /// A value is there twice.
    mutating func duplicate(_ field: FieldPath, _ value: JSONValue, _ detail: String = "") {
        errors.append(FieldError(field, .duplicate, value: value, detail))
    }

    /// A value may not be there.
    mutating func forbidden(_ field: FieldPath, _ detail: String) {
        errors.append(FieldError(field, .forbidden, detail))
    }

    /// A text has too many bytes.
    mutating func tooLong(_ field: FieldPath, limit: Int) {
        errors.append(FieldError(field, .tooLong, "may not be more than \(limit) bytes"))
    }

    /// A list has too many elements.
    mutating func tooMany(_ field: FieldPath, count: Int, limit: Int) {
        let items = limit == 1 ? "item" : "items"
        errors.append(
            FieldError(field, .tooMany, value: .integer(count), "must have at most \(limit) \(items)")
        )
    }

    /// A value names something that is not there.
    mutating func notFound(_ field: FieldPath, _ value: JSONValue) {
        errors.append(FieldError(field, .notFound, value: value))
    }

    // MARK: Rules

    // Paths are made only where there is something to say.

    /// A text that must be there and obey a rule.
    mutating func text(_ field: @autoclosure () -> FieldPath, _ value: ObjectView, _ rule: (String) -> [String]) {
        if value.text.isEmpty {
            required(field())
        } else {
            invalid(field(), .string(value.text), rule(value.text))
        }
    }

    /// A text that obeys a rule where it is there.
    mutating func optionalText(_ field: @autoclosure () -> FieldPath, _ value: ObjectView, _ rule: (String) -> [String])
    {
        if !value.text.isEmpty { invalid(field(), .string(value.text), rule(value.text)) }
    }

    /// A text that must be one of these.
    mutating func choice(
        _ field: @autoclosure () -> FieldPath,
        _ value: ObjectView,
        _ supported: [String],
        required isRequired: Bool = true
    ) {
        if value.text.isEmpty {
            if isRequired { required(field()) }
        } else if !supported.contains(value.text) {
            unsupported(field(), .string(value.text), supported)
        }
    }

    /// A number that must not be negative; nothing where there is none.
    mutating func nonNegative(_ field: @autoclosure () -> FieldPath, _ value: ObjectView) {
        guard let number = value.number, number < 0 else { return }
        invalid(field(), .integer(number), "must be greater than or equal to 0")
    }

    /// A port number that must be there.
    mutating func port(_ field: @autoclosure () -> FieldPath, _ value: ObjectView) {
        let number = value.number ?? 0
        invalid(field(), .integer(number), TextRules.port(number))
    }

    /// A port's number or name.
    mutating func portOrName(_ field: @autoclosure () -> FieldPath, _ value: ObjectView) {
        if let name = value.json?.string {
            invalid(field(), .string(name), TextRules.portName(name))
        } else {
            port(field(), value)
        }
    }

    /// `TCP`, `UDP` or `SCTP`.
    mutating func transportProtocol(_ field: @autoclosure () -> FieldPath, _ value: ObjectView) {
        choice(field(), value, ["SCTP", "TCP", "UDP"])
    }

    /// A value that may not change.
    mutating func immutable(_ field: @autoclosure () -> FieldPath, _ new: ObjectView, _ old: ObjectView) {
        if new.json != old.json { invalid(field(), new.shown, "field is immutable") }
    }
}
