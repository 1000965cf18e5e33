/// What a field of an API object holds: how it is written in JSON and in protobuf.
public indirect enum FieldType: Sendable, Hashable {
    /// A string (proto2 `string`).
    case string
    /// A truth value (`bool`).
    case bool
    /// A whole number of 32 bits (`int32`, a varint).
    case int32
    /// A whole number of 64 bits (`int64`, a varint).
    case int64
    /// A number with a fraction (`double`).
    case double
    /// Base64 in JSON, `bytes` in protobuf: the data of a Secret.
    case bytes
    /// `resource.Quantity`: a string or a number in JSON, in protobuf a message with the string as field 1.
    case quantity
    /// `intstr.IntOrString`: a number or a string in JSON; a message of type (1), int32 (2) and string (3).
    case intOrString
    /// `metav1.Time`: RFC 3339 in seconds; a message of seconds (1) and nanoseconds (2).
    case time
    /// `metav1.MicroTime`: RFC 3339 with six decimals; the same message.
    case microTime
    /// `metav1.Duration`: text as of Go's `time.Duration` in JSON; a message with nanoseconds as field 1.
    case duration
    /// `metav1.FieldsV1`: any JSON; a message with that JSON as field 1.
    case fieldsV1
    /// `runtime.RawExtension`: any JSON; a message with that JSON as field 1.
    case rawExtension
    /// An object whose fields stand in the table under this name.
    case message(String)
    /// An array (`repeated`).
    case list(FieldType)
    /// An object whose names are chosen by the user (`map<string, …>`).
    case map(FieldType)
}

extension FieldType {
    /// Whether Go holds one value of it in a struct, which its JSON encoder shows even where it is empty.
    var isStructure: Bool {
        switch self {
        case .quantity, .intOrString, .time, .microTime, .duration, .fieldsV1, .rawExtension, .message: true
        case .string, .bool, .int32, .int64, .double, .bytes, .list, .map: false
        }
    }
}
