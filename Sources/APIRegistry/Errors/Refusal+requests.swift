import APISchema
public import KubernetesAPI

// Refusals that are about the request itself, whatever the object.

extension Refusal {
    /// The request is malformed; `words` say how.
    public static func badRequest(_ words: String) -> Refusal { Refusal(.badRequest, words) }

    /// The path is that of no resource.
    public static let unknownPath = Refusal(
        .notFound,
        "the server could not find the requested resource",
        details: Status.Details()
    )

    /// The path does not have this method.
    public static let methodNotAllowed = Refusal(
        .methodNotAllowed,
        "the server does not allow this method on the requested resource",
        details: Status.Details()
    )

    /// Objects of the kind do not have this verb.
    public static func methodNotAllowed(_ resource: ResourceType, verb: String) -> Refusal {
        let plural = resource.qualifiedPlural
        return Refusal(
            .methodNotAllowed,
            "\(verb) is not supported on resources of kind \("\(plural)".goQuoted)",
            details: Status.Details(group: plural.group, kind: plural.name)
        )
    }

    /// The server has none of the formats that the client accepts.
    public static func notAcceptable(
        available: [String] = [
            "application/json", "application/yaml", "application/vnd.kubernetes.protobuf",
            "application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch",
        ]
    ) -> Refusal {
        Refusal(
            .notAcceptable,
            "406: Not Acceptable\n\nAvailable representations: \(available.joined(separator: ", "))",
            details: Status.Details()
        )
    }

    /// The server does not read this format of a body.
    public static func unsupportedMediaType(
        accepted: [String] = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]
    ) -> Refusal {
        let words = "the body of the request was in an unknown format - accepted media types include: "
        return Refusal(.unsupportedMediaType, words + accepted.joined(separator: ", "))
    }

    /// The server does not read this format of a patch.
    public static let unsupportedPatch = unsupportedMediaType(accepted: [
        "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json",
    ])

    /// Server-side apply is not there.
    public static let serverSideApply = Refusal(
        .unsupportedMediaType,
        "server-side apply (application/apply-patch+yaml) is not supported by this server - use client-side apply "
            + "(kubectl apply without --server-side), or one of the accepted media types: "
            + "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json"
    )

    /// The request is too large.
    ///
    /// - Parameter limit: How many bytes a body may have.
    public static func tooLarge(limit: Int) -> Refusal {
        Refusal(.requestEntityTooLarge, "Request entity too large: limit is \(limit)")
    }

    /// The resourceVersion is yet to come.
    public static func resourceVersionTooLarge(_ asked: Int64, current: Int64) -> Refusal {
        Refusal(
            .timeout,
            "Timeout: Too large resource version: \(asked), current: \(current)",
            details: Status.Details(
                causes: [
                    Status.Cause(reason: "ResourceVersionTooLarge", message: "Too large resource version")
                ],
                retryAfterSeconds: 1
            )
        )
    }

    /// A list at a resourceVersion that is no longer kept.
    public static let listTooOld = Refusal(.expired, "The resourceVersion for the provided list is too old.")

    /// A watch from a resourceVersion whose successors are no longer kept.
    public static func watchTooOld(_ asked: Int64, oldest: Int64) -> Refusal {
        Refusal(.expired, "too old resource version: \(asked) (\(oldest))")
    }

    /// The state that a continue token belongs to is no longer kept.
    ///
    /// - Parameter token: Continues with the present state; nil for no such thing.
    public static func continueExpired(inconsistent token: String?) -> Refusal {
        let start =
            "The provided continue parameter is too old to display a consistent list result. You can start a new list "
            + "without the continue parameter"
        guard let token else { return Refusal(.expired, start + ".") }
        var refusal = Refusal(
            .expired,
            start
                + ", or use the continue token in this response to retrieve the remainder of the results. Continuing "
                + "with the provided token results in an inconsistent list - objects that were created, modified, or "
                + "deleted between the time the first chunk was returned and now may show up in the list."
        )
        refusal.continueToken = token
        return refusal
    }

    /// The server failed; `words` say at what.
    public static func internalError(_ words: String) -> Refusal {
        Refusal(
            .internalError,
            "Internal error occurred: \(words)",
            details: Status.Details(causes: [Status.Cause(message: words)])
        )
    }

    /// What the server depends on is not there; `words` say what.
    public static func unavailable(_ words: String) -> Refusal { Refusal(.serviceUnavailable, words) }

    /// It took too long.
    public static func timeout(_ words: String, retryAfterSeconds: Int = 0) -> Refusal {
        Refusal(
            .timeout,
            "Timeout: \(words)",
            details: Status.Details(retryAfterSeconds: retryAfterSeconds == 0 ? nil : retryAfterSeconds)
        )
    }
}
