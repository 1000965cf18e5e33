import APIRegistry
import KubernetesAPI
import Storage

/// What a client asks of a watch, beside the kind and the namespace.
struct WatchOptions: Sendable {
    /// The selectors.
    var list: ListOptions
    /// After which state the watch begins; nil for the newest.
    var revision: Revision?
    /// Whether the present objects are told first.
    var sendsInitialEvents: Bool
    /// Whether a bookmark says that they were told.
    var marksInitialEvents: Bool
    /// Whether bookmarks say from time to time how far the watch has come.
    var allowsBookmarks: Bool
    /// How long the watch lasts; nil for the server's choice.
    var timeout: Duration?

    /// A watch lasts at most so long.
    private static let longest: Int64 = 24 * 3_600

    /// Reads the parameters of a watch.
    init(_ query: QueryParameters, kind: KindDefinition) throws(Refusal) {
        list = try ListOptions(selectors: query, kind: kind)
        revision = try ListOptions.revision(query)
        allowsBookmarks = query.isSet("allowWatchBookmarks")
        let match = query["resourceVersionMatch"] ?? ""
        switch (query["sendInitialEvents"], match) {
        case (nil, ""):
            sendsInitialEvents = revision == nil || revision == Revision(0)
            marksInitialEvents = false
        case (nil, "Exact"), (nil, "NotOlderThan"):
            throw ListOptions.invalid(
                "resourceVersionMatch",
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            )
        case (_?, "NotOlderThan"):
            sendsInitialEvents = query.isSet("sendInitialEvents")
            marksInitialEvents = sendsInitialEvents
        case (_?, ""), (_?, "Exact"):
            throw ListOptions.invalid(
                "resourceVersionMatch",
                "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            )
        default:
            throw ListOptions.unsupportedMatch(match)
        }
        if let text = query["timeoutSeconds"], !text.isEmpty {
            guard let seconds = Int64(text) else { throw ListOptions.notANumber(text) }
            if seconds > 0 { timeout = .seconds(min(seconds, Self.longest)) }
        }
    }
}
