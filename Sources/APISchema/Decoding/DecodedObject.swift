public import JSON

/// What a body held.
public struct DecodedObject: Sendable, Hashable {
    /// The object, as upstream writes it: fields in its order, none that is unknown, empty ones left out where Go does.
    public var value: JSONValue
    /// What a strict request refuses, and another one is warned of; none where the body was protobuf.
    public var problems: [DecodingProblem]

    /// An object from its parts.
    public init(value: JSONValue, problems: [DecodingProblem] = []) {
        self.value = value
        self.problems = problems
    }

    /// `apiVersion`; empty where there is none.
    public var apiVersion: String { value["apiVersion"]?.string ?? "" }

    /// `kind`; empty where there is none.
    public var kind: String { value["kind"]?.string ?? "" }

    /// Checks that there are no problems, for requests with `fieldValidation=Strict`.
    public func requireStrict() throws(ObjectDecodingError) {
        guard !problems.isEmpty else { return }
        let version = apiVersion.split(separator: "/").last ?? ""
        let list = problems.map(\.description).joined(separator: ", ")
        throw ObjectDecodingError(
            .strict,
            "\(kind) in version \"\(version)\" cannot be handled as a \(kind): strict decoding error: \(list)"
        )
    }
}
