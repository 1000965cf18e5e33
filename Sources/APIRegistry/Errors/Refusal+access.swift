import APISchema
import KubernetesAPI

// Refusals that depend on who asks, and how often.

extension Refusal {
    /// Nobody knows who asks.
    public static let unauthorized = Refusal(.unauthorized, "Unauthorized")

    /// The user may not do that with objects of a kind.
    ///
    /// - Parameters:
    ///   - verb: As authorization has it, such as `list`.
    ///   - resource: The plural with its group.
    ///   - subresource: Such as `status`; empty for none.
    ///   - namespace: Empty for all, and for kinds that have none.
    ///   - name: Empty for all objects.
    ///   - reason: What the authorizer says; empty for nothing.
    public static func forbidden(
        user: String,
        verb: String,
        _ resource: QualifiedName,
        subresource: String = "",
        namespace: String = "",
        name: String = "",
        reason: String = ""
    ) -> Refusal {
        let what = subresource.isEmpty ? resource.name : "\(resource.name)/\(subresource)"
        let place = namespace.isEmpty ? "at the cluster scope" : "in the namespace \(namespace.goQuoted)"
        var words = "User \(user.goQuoted) cannot \(verb) resource \(what.goQuoted)"
        words += " in API group \(resource.group.goQuoted) \(place)"
        if !reason.isEmpty { words += ": \(reason)" }
        let subject = name.isEmpty ? "\(resource)" : "\(resource) \(name.goQuoted)"
        return Refusal(
            .forbidden,
            "\(subject) is forbidden: \(words)",
            details: Status.Details(name: name, group: resource.group, kind: resource.name)
        )
    }

    /// The user may not do that with a path that is no resource.
    public static func forbidden(user: String, verb: String, path: String, reason: String = "") -> Refusal {
        var words = "User \(user.goQuoted) cannot \(verb) path \(path.goQuoted)"
        if !reason.isEmpty { words += ": \(reason)" }
        return Refusal(.forbidden, "forbidden: \(words)", details: Status.Details())
    }

    /// Too many requests at once.
    ///
    /// - Parameter retryAfterSeconds: When the client may try again.
    public static func tooManyRequests(
        _ words: String = "Too many requests, please try again later.",
        retryAfterSeconds: Int = 1
    ) -> Refusal {
        Refusal(.tooManyRequests, words, details: Status.Details(retryAfterSeconds: retryAfterSeconds))
    }
}
