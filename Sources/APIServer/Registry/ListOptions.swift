import APIRegistry
import JSON
import KubernetesAPI
import Storage

/// What a client asks of a list or a watch, beside the kind and the namespace.
///
/// Source: `ListOptions` of `k8s.io/apimachinery/pkg/apis/meta/v1`, and its validation.
struct ListOptions: Sendable {
    /// How old the answer may be.
    enum Version: Sendable, Hashable {
        /// The newest.
        case newest
        /// Whatever is in memory.
        case any
        /// That state or a later one.
        case notOlderThan(Revision)
        /// Exactly that state.
        case exactly(Revision)
    }

    /// A condition on labels.
    var labels: LabelSelector = .everything
    /// A condition on fields.
    var fields: FieldSelector = .everything
    /// At most so many objects; nil for all.
    var limit: Int?
    /// Where the list goes on.
    var continuation: ContinueToken?
    /// How old the answer may be.
    var version = Version.newest

    /// Everything, as it is now.
    init() {}

    /// Reads the parameters of a list.
    init(_ query: QueryParameters, kind: KindDefinition) throws(Refusal) {
        try self.init(selectors: query, kind: kind)
        if let text = query["limit"], !text.isEmpty {
            guard let limit = Int64(text) else { throw Self.notANumber(text) }
            self.limit = limit > 0 ? Int(clamping: limit) : nil
        }
        let revision = try Self.revision(query)
        let match = query["resourceVersionMatch"] ?? ""
        if let text = query["continue"], !text.isEmpty {
            guard let token = ContinueToken(text) else {
                throw .badRequest("continue key is not valid: the token is malformed")
            }
            guard match.isEmpty else {
                throw Self.invalid(
                    "resourceVersionMatch",
                    "resourceVersionMatch is forbidden when continue is provided"
                )
            }
            guard revision == nil || revision == Revision(0) else {
                throw .badRequest("specifying resource version is not allowed when using continue")
            }
            continuation = token
            return
        }
        if query["sendInitialEvents"] != nil {
            throw Self.invalid("sendInitialEvents", "sendInitialEvents is forbidden for list")
        }
        switch (match, revision) {
        case ("", nil): version = .newest
        case ("", Revision(0)?), ("NotOlderThan", Revision(0)?): version = .any
        // As it always was: a page of a list at a revision is exactly of that revision.
        case ("", let revision?): version = limit == nil ? .notOlderThan(revision) : .exactly(revision)
        case ("NotOlderThan", let revision?): version = .notOlderThan(revision)
        case ("Exact", Revision(0)?):
            throw Self.invalid(
                "resourceVersionMatch",
                #"resourceVersionMatch "exact" is forbidden for resourceVersion "0""#
            )
        case ("Exact", let revision?): version = .exactly(revision)
        case ("Exact", nil), ("NotOlderThan", nil):
            throw Self.invalid(
                "resourceVersionMatch",
                "resourceVersionMatch is forbidden unless resourceVersion is provided"
            )
        default:
            throw Self.unsupportedMatch(match)
        }
    }

    /// Reads the selectors only.
    init(selectors query: QueryParameters, kind: KindDefinition) throws(Refusal) {
        do throws(SelectorError) {
            if let text = query["labelSelector"], !text.isEmpty { labels = try LabelSelector(parsing: text) }
            if let text = query["fieldSelector"], !text.isEmpty {
                fields = try FieldSelector(parsing: text)
                try fields.check(against: kind)
            }
        } catch {
            throw error.refusal
        }
    }

    /// The `resourceVersion`; nil where there is none.
    static func revision(_ query: QueryParameters) throws(Refusal) -> Revision? {
        guard let text = query["resourceVersion"], !text.isEmpty else { return nil }
        guard let number = Int64(text), number >= 0 else {
            let error = FieldError(
                "resourceVersion",
                .invalid,
                value: .string(text),
                "strconv.ParseUint: parsing \"\(text)\": invalid syntax"
            )
            throw .invalid(QualifiedName(group: "", name: "resourceVersion"), name: text, [error])
        }
        return Revision(number)
    }

    static func invalid(_ field: FieldPath, _ words: String) -> Refusal {
        let kind = QualifiedName(group: "meta.k8s.io", name: "ListOptions")
        return .invalid(kind, name: "", [FieldError(field, .forbidden, words)])
    }

    static func unsupportedMatch(_ match: String) -> Refusal {
        let error = FieldError(
            "resourceVersionMatch",
            .notSupported,
            value: .string(match),
            #"supported values: "Exact", "NotOlderThan", """#
        )
        return .invalid(QualifiedName(group: "meta.k8s.io", name: "ListOptions"), name: "", [error])
    }

    static func notANumber(_ text: String) -> Refusal {
        .badRequest("strconv.ParseInt: parsing \"\(text)\": invalid syntax")
    }
}
