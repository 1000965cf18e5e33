public import JSON
public import KubernetesAPI

/// Something wrong with a field of an object that somebody wants to write; said in upstream's words.
///
/// Source: `k8s.io/apimachinery/pkg/util/validation/field/errors.go`.
public struct FieldError: Error, Sendable, Hashable {
    /// What kind of wrong.
    public enum Reason: String, Sendable, Hashable {
        /// A value that must be there is not.
        case required = "FieldValueRequired"
        /// A value that is not well-formed, or out of range.
        case invalid = "FieldValueInvalid"
        /// A value that is not one of those allowed.
        case notSupported = "FieldValueNotSupported"
        /// A value that must be unique is there twice.
        case duplicate = "FieldValueDuplicate"
        /// A value that may not be there, or may not change.
        case forbidden = "FieldValueForbidden"
        /// A value that is too long.
        case tooLong = "FieldValueTooLong"
        /// A list with too many elements.
        case tooMany = "FieldValueTooMany"
        /// A value that names something that is not there.
        case notFound = "FieldValueNotFound"
        /// A value of another type.
        case typeInvalid = "FieldValueTypeInvalid"

        /// What the message begins with.
        public var words: String {
            switch self {
            case .required: "Required value"
            case .invalid: "Invalid value"
            case .notSupported: "Unsupported value"
            case .duplicate: "Duplicate value"
            case .forbidden: "Forbidden"
            case .tooLong: "Too long"
            case .tooMany: "Too many"
            case .notFound: "Not found"
            case .typeInvalid: "Invalid value"
            }
        }
    }

    /// The field.
    public var field: FieldPath
    /// What kind of wrong.
    public var reason: Reason
    /// The value, where the message shows it.
    public var value: JSONValue?
    /// What a good value is; may be empty.
    public var detail: String

    /// An error from its parts.
    public init(_ field: FieldPath, _ reason: Reason, value: JSONValue? = nil, _ detail: String = "") {
        self.field = field
        self.reason = reason
        self.value = value
        self.detail = detail
    }

    /// The message without the field, such as `Invalid value: 70000: must be between 1 and 65535, inclusive`.
    public var message: String {
        var text = reason.words
        if let value, reason != .required, reason != .forbidden, reason != .tooLong {
            text += ": " + String(decoding: value.json, as: UTF8.self)
        }
        if !detail.isEmpty { text += ": " + detail }
        return text
    }

    /// As one of the causes of a `Status`.
    public var cause: Status.Cause {
        Status.Cause(reason: reason.rawValue, message: message, field: "\(field)")
    }
}
