import JSON
import KubernetesAPI

/// A Node, as far as a lab looks at it: whether it is ready, and of what version.
struct NodeReport: Sendable, Hashable {
    var metadata = ObjectMeta()
    /// The condition `Ready` is `True`.
    var isReady = false
    /// The condition's message, where it is not.
    var message = ""
    /// `status.nodeInfo.kubeletVersion`.
    var version = ""
}

extension NodeReport: KubernetesObject {
    static let resource = Node.resource

    private enum Field: String, CaseIterable {
        case metadata, status
    }

    private static let fields = JSONFields<Field>()

    init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .metadata: metadata = try ObjectMeta(json: &reader)
            case .status: readStatus(try reader.readValue())
            }
        }
    }

    private mutating func readStatus(_ status: JSONValue) {
        version = status[path: "nodeInfo", "kubeletVersion"]?.string ?? ""
        for condition in status["conditions"]?.array ?? [] where condition["type"]?.string == "Ready" {
            isReady = condition["status"]?.string == "True"
            message = isReady ? "" : condition["message"]?.string ?? ""
        }
    }

    func validationErrors() -> [ObjectError] { [] }
}
