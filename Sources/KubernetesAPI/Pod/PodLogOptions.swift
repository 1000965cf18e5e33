/// Which part of a container's output is asked for: `v1` `PodLogOptions`.
public struct PodLogOptions: Sendable, Hashable {
    /// Whether the answer goes on until the container has ended.
    public var follow = false
    /// Whether it is about the container's run before the present one.
    public var previous = false
    /// Only so many lines from the end, 0 or more; nil for all.
    public var tailLines: Int?
    /// Only what was printed in the last so many seconds, 1 or more; nil for all.
    public var sinceSeconds: Int?
    /// Only what was printed at that time or later; nil for all. Never beside ``sinceSeconds``.
    public var sinceTime: Timestamp?
    /// Whether each line begins with the time that it was printed at, and a space.
    public var timestamps = false
    /// The answer ends after so many bytes, 1 or more; nil for all.
    public var limitBytes: Int?

    /// All that the present run has printed so far.
    public init() {}

    /// Something wrong with a parameter; said in upstream's words.
    public enum Problem: Error, Sendable, Hashable {
        /// The text is no value of the parameter's type.
        case malformed(field: String, text: String)
        /// The number is too small.
        case outOfRange(field: String, value: Int, words: String)
        /// The parameter may not stand beside another.
        case forbidden(field: String, words: String)

        /// For people.
        public var message: String {
            switch self {
            case .malformed(let field, let text): "\(field): invalid value \"\(text)\""
            case .outOfRange(let field, let value, let words): "\(field): Invalid value: \(value): \(words)"
            case .forbidden(let field, let words): "\(field): Forbidden: \(words)"
            }
        }
    }

    /// Reads the parameters of a URL; those of other names are left to others.
    ///
    /// Source: `ValidatePodLogOptions` in `pkg/apis/core/validation/validation.go`.
    public init(_ query: QueryParameters) throws(Problem) {
        follow = query.isSet("follow")
        previous = query.isSet("previous")
        timestamps = query.isSet("timestamps")
        tailLines = try Self.number("tailLines", query, atLeast: 0, "must be greater than or equal to 0")
        limitBytes = try Self.number("limitBytes", query, atLeast: 1, "must be greater than 0")
        sinceSeconds = try Self.number("sinceSeconds", query, atLeast: 1, "must be greater than 0")
        if let text = query["sinceTime"], !text.isEmpty {
            guard let time = Timestamp(text) else { throw .malformed(field: "sinceTime", text: text) }
            guard sinceSeconds == nil else {
                throw .forbidden(
                    field: "sinceSeconds",
                    words: "at most one of `sinceTime` or `sinceSeconds` may be specified"
                )
            }
            sinceTime = time
        }
    }

    private static func number(
        _ name: String,
        _ query: QueryParameters,
        atLeast least: Int,
        _ words: String
    ) throws(Problem) -> Int? {
        guard let text = query[name], !text.isEmpty else { return nil }
        guard let value = Int(text) else { throw .malformed(field: name, text: text) }
        guard value >= least else { throw .outOfRange(field: name, value: value, words: words) }
        return value
    }

    /// As parameters of a URL; what is not asked for is left out.
    public var query: QueryParameters {
        var query = QueryParameters()
        for (name, isSet) in [("follow", follow), ("previous", previous), ("timestamps", timestamps)] where isSet {
            query.append(name, "true")
        }
        for (name, number) in [("tailLines", tailLines), ("sinceSeconds", sinceSeconds), ("limitBytes", limitBytes)] {
            if let number { query.append(name, "\(number)") }
        }
        if let sinceTime { query.append("sinceTime", "\(sinceTime)") }
        return query
    }
}
