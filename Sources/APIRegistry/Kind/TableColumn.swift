public import JSON
public import KubernetesAPI

/// A column that `kubectl get` shows of a kind.
public struct TableColumn: Sendable {
    /// The heading, such as `Cluster-IP`.
    public var name: String
    /// OpenAPI's type: `string`, `integer` …
    public var type: String
    /// OpenAPI's format; `name` for the column that names the object.
    public var format: String
    /// For people.
    public var summary: String
    /// 0: always shown; 1: with `-o wide`.
    public var priority: Int
    /// The cell of an object; `now` is for ages.
    public var cell: @Sendable (_ object: JSONValue, _ now: Timestamp) -> JSONValue

    /// A column from its parts.
    public init(
        _ name: String,
        type: String = "string",
        format: String = "",
        priority: Int = 0,
        _ summary: String = "",
        cell: @escaping @Sendable (_ object: JSONValue, _ now: Timestamp) -> JSONValue
    ) {
        self.name = name
        self.type = type
        self.format = format
        self.priority = priority
        self.summary = summary
        self.cell = cell
    }
}
