import APISchema
public import KubernetesAPI

// Refusals that are about the object in a request's body, before its fields are looked at.

extension Refusal {
    /// The body is not what it says to be.
    ///
    /// - Parameters:
    ///   - expected: The kind that the path has.
    ///   - words: What the decoder says, such as `couldn't get version/kind; json parse error: …`.
    ///   - body: The body; the first bytes are shown.
    public static func unrecognized(
        _ expected: ResourceType,
        _ words: String,
        body: some Collection<UInt8>
    ) -> Refusal {
        let limit = 30
        let start = String(decoding: body.prefix(limit), as: UTF8.self)
        let shown = body.count > limit ? "\(start) ..." : start
        return badRequest("the object provided is unrecognized (must be of type \(expected.kind)): \(words) (\(shown))")
    }

    /// The body is that of another kind.
    ///
    /// - Parameters:
    ///   - apiVersion: The body's.
    ///   - kind: The body's.
    ///   - expected: The kind that the path has.
    public static func wrongKind(apiVersion: String, kind: String, expected: ResourceType) -> Refusal {
        let group = expected.group.isEmpty ? "core" : expected.group.prefix { $0 != "." }
        let version = apiVersion.split(separator: "/").last ?? ""
        return undecodable(
            apiVersion: apiVersion,
            kind: kind,
            expected: expected,
            "converting (\(version).\(kind)) to (\(group).\(expected.kind)): unknown conversion"
        )
    }

    /// The body has fields that cannot be decoded.
    ///
    /// - Parameter words: What the decoder says, such as `strict decoding error: unknown field "spec.foo"`.
    public static func undecodable(
        apiVersion: String,
        kind: String,
        expected: ResourceType,
        _ words: String
    ) -> Refusal {
        badRequest("\(kind) in version \(apiVersion.goQuoted) cannot be handled as a \(expected.kind): \(words)")
    }

    /// The object's namespace is not that of the path.
    public static let namespaceMismatch = badRequest(
        "the namespace of the provided object does not match the namespace sent on the request"
    )

    /// The object's name is not that of the path.
    public static func nameMismatch(body: String, path: String) -> Refusal {
        badRequest("the name of the object (\(body)) does not match the name on the URL (\(path))")
    }

    /// A patch or an update of an object that has no name, and neither has the path.
    public static let nameRequired = badRequest("name must be provided")
}
