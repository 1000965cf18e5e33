import JSON

/// One condition of a Node's status.
struct NodeCondition: Hashable {
    var type: String
    var status: String
    var reason: String
    var heartbeat: String

    init?(_ json: JSONValue) {
        guard let type = json["type"]?.string else { return nil }
        self.type = type
        status = json["status"]?.string ?? "Unknown"
        reason = json["reason"]?.string ?? ""
        heartbeat = json["lastHeartbeatTime"]?.string ?? ""
    }

    static func all(of node: JSONValue) -> [NodeCondition] {
        (node[path: "status", "conditions"]?.array ?? []).compactMap { NodeCondition($0) }
    }

    static func ready(of node: JSONValue) -> NodeCondition? {
        for json in node[path: "status", "conditions"]?.array ?? [] where json["type"] == "Ready" {
            return NodeCondition(json)
        }
        return nil
    }
}
