/// Something that a request says in its path or query.
struct OpenAPIParameter: Sendable, Hashable {
    /// Where it stands.
    enum Place: String, Sendable {
        case path, query
    }

    var name: String
    var place = Place.query
    /// `string`, `integer` or `boolean`.
    var type = "string"
    var summary: String

    static let name = OpenAPIParameter(name: "name", place: .path, summary: "The object's name")
    static let namespace = OpenAPIParameter(name: "namespace", place: .path, summary: "The namespace")
    static let pretty = OpenAPIParameter(name: "pretty", summary: "Whether the answer is indented")
    static let dryRun = OpenAPIParameter(name: "dryRun", summary: "All to only try it")

    /// Of requests that lead to the node, by the part's name.
    static let connecting: [String: [OpenAPIParameter]] = [
        "log": [
            container,
            OpenAPIParameter(name: "follow", type: "boolean", summary: "Whether the answer goes on"),
            OpenAPIParameter(name: "limitBytes", type: "integer", summary: "How many bytes at most"),
            OpenAPIParameter(name: "previous", type: "boolean", summary: "Of the run before"),
            OpenAPIParameter(name: "sinceSeconds", type: "integer", summary: "Not older than so many seconds"),
            OpenAPIParameter(name: "tailLines", type: "integer", summary: "How many lines of the end"),
            OpenAPIParameter(name: "timestamps", type: "boolean", summary: "Whether lines begin with their time"),
        ],
        "exec": [
            container, OpenAPIParameter(name: "command", summary: "The program, and each argument again"),
            OpenAPIParameter(name: "stdin", type: "boolean", summary: "Whether something is written to it"),
            OpenAPIParameter(name: "stdout", type: "boolean", summary: "Whether its output is read"),
            OpenAPIParameter(name: "stderr", type: "boolean", summary: "Whether its errors are read"),
            OpenAPIParameter(name: "tty", type: "boolean", summary: "Whether it has a terminal"),
        ],
    ]

    private static let container = OpenAPIParameter(name: "container", summary: "The container's name")

    /// Of requests that write.
    static let writing = [
        dryRun, OpenAPIParameter(name: "fieldManager", summary: "Who writes"),
        OpenAPIParameter(
            name: "fieldValidation",
            summary: "What becomes of unknown and duplicate fields: Strict, Warn or Ignore"
        ),
    ]

    /// Of patches.
    static let patching =
        writing + [OpenAPIParameter(name: "force", type: "boolean", summary: "Of server-side apply")]

    /// Of requests that delete.
    static let deleting = [
        dryRun,
        OpenAPIParameter(name: "gracePeriodSeconds", type: "integer", summary: "How long the object may take to end"),
        OpenAPIParameter(name: "orphanDependents", type: "boolean", summary: "Deprecated"),
        OpenAPIParameter(name: "propagationPolicy", summary: "Orphan, Background or Foreground"),
    ]

    /// Of requests for many objects.
    static let selecting = [
        OpenAPIParameter(name: "continue", summary: "Where the next part of the list begins"),
        OpenAPIParameter(name: "fieldSelector", summary: "Only objects with these fields"),
        OpenAPIParameter(name: "labelSelector", summary: "Only objects with these labels"),
        OpenAPIParameter(name: "limit", type: "integer", summary: "How many objects at most"),
        OpenAPIParameter(name: "resourceVersion", summary: "Of which version, or not older"),
        OpenAPIParameter(name: "resourceVersionMatch", summary: "Exact or NotOlderThan"),
        OpenAPIParameter(
            name: "sendInitialEvents",
            type: "boolean",
            summary: "Whether a watch begins with all objects"
        ),
        OpenAPIParameter(name: "timeoutSeconds", type: "integer", summary: "How long it may take"),
    ]

    /// Of lists and watches.
    static let listing =
        [
            OpenAPIParameter(
                name: "allowWatchBookmarks",
                type: "boolean",
                summary: "Whether a watch tells its version"
            ),
            OpenAPIParameter(name: "watch", type: "boolean", summary: "Whether changes are told"),
        ] + selecting
}
