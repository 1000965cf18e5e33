public import JSON

/// A mark of a Node that keeps pods away that do not tolerate it.
public struct Taint: Sendable, Hashable {
    /// The name.
    public var key: String
    /// The value; mostly empty.
    public var value: String
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    public var effect: String

    /// The effect that ends pods which run.
    public static let noExecute = "NoExecute"
    /// The effect that lets no new pods in.
    public static let noSchedule = "NoSchedule"

    /// A taint from its parts.
    public init(key: String, value: String = "", effect: String) {
        self.key = key
        self.value = value
        self.effect = effect
    }

    /// A taint of a Node; nil where it has no key.
    public init?(_ json: JSONValue) {
        guard let key = json["key"]?.string else { return nil }
        self.init(key: key, value: json["value"]?.string ?? "", effect: json["effect"]?.string ?? "")
    }

    /// All taints of a Node.
    public static func all(of node: JSONValue) -> [Taint] {
        (node[path: "spec", "taints"]?.array ?? []).compactMap { Taint($0) }
    }
}
