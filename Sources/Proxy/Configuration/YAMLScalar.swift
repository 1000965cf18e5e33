import Yams

/// A YAML node by the type it would have in JSON.
enum YAMLScalar: Equatable, CustomStringConvertible {
    case null
    case bool(Bool)
    case int(Int)
    case number(Double)
    case text(String)
    case list([Node])
    case mapping([(key: String, value: Node)])

    init(_ node: Node) {
        switch node {
        case .sequence(let sequence):
            self = .list(Array(sequence))
        case .mapping(let mapping):
            self = .mapping(mapping.map { (key: $0.key.scalar?.string ?? "?", value: $0.value) })
        case .alias:
            // The composer has resolved them.
            self = .null
        case .scalar(let scalar):
            // Only plain scalars have another type than text.
            if scalar.style != .plain, scalar.style != .any {
                self = .text(scalar.string)
            } else if node.null != nil {
                self = .null
            } else if let value = node.bool {
                self = .bool(value)
            } else if let value = node.int {
                self = .int(value)
            } else if let value = node.float, value.isFinite {
                self = .number(value)
            } else {
                self = .text(scalar.string)
            }
        }
    }

    static func == (left: YAMLScalar, right: YAMLScalar) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.text(let a), .text(let b)): a == b
        case (.list(let a), .list(let b)): a == b
        default: false
        }
    }

    /// The value, for messages.
    var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value) (quote it if a text is meant)"
        case .int(let value): "\(value) (quote it if a text is meant)"
        case .number(let value): "\(value) (quote it if a text is meant)"
        case .text(let text): "\"\(text)\""
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}
