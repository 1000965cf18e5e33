import JSON
import KubernetesAPI

extension FieldValidator {
    /// Labels: their names and values.
    mutating func labels(_ field: FieldPath, _ labels: ObjectView) {
        for (name, value) in labels.members {
            invalid(field, .string(name), TextRules.qualifiedName(name))
            invalid(field, .string(value.text), TextRules.labelValue(value.text))
        }
    }

    /// Annotations: their names, and how much there is of them.
    mutating func annotations(_ field: FieldPath, _ annotations: ObjectView) {
        let limit = 256 << 10
        var size = 0
        for (name, value) in annotations.members {
            invalid(field, .string(name), TextRules.qualifiedName(name.lowercased()))
            size += name.utf8.count + value.text.utf8.count
        }
        if size > limit { tooLong(field, limit: limit) }
    }

    /// A label selector of an object: `matchLabels` and `matchExpressions`.
    mutating func labelSelector(_ field: FieldPath, _ selector: ObjectView) {
        labels(field.field("matchLabels"), selector.matchLabels)
        for (index, requirement) in selector.matchExpressions.elements.enumerated() {
            let field = field.field("matchExpressions")[index]
            let values = requirement.values
            switch requirement.operator.text {
            case "In", "NotIn":
                if values.count == 0 {
                    required(field.field("values"), "must be specified when `operator` is 'In' or 'NotIn'")
                }
            case "Exists", "DoesNotExist":
                if values.count > 0 {
                    let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                    forbidden(field.field("values"), detail)
                }
            default:
                invalid(field.field("operator"), requirement.operator.shownText, "not a valid selector operator")
            }
            let key = requirement.key.text
            invalid(field.field("key"), .string(key), TextRules.qualifiedName(key))
            for (index, value) in values.texts.enumerated() {
                invalid(field.field("values")[index], .string(value), TextRules.labelValue(value))
            }
        }
    }
}

/// A label selector as objects have it, to see whether labels fulfil it.
struct ObjectSelector {
    private let selector: ObjectView

    init(_ selector: ObjectView) {
        self.selector = selector
    }

    /// Whether it demands nothing.
    var isEmpty: Bool { selector.matchLabels.count == 0 && selector.matchExpressions.count == 0 }

    /// Whether labels fulfil it.
    func matches(_ labels: [String: String]) -> Bool {
        for (name, value) in selector.matchLabels.members where labels[name] != value.text { return false }
        for requirement in selector.matchExpressions.elements {
            let value = labels[requirement.key.text]
            let values = requirement.values.texts
            let isFulfilled =
                switch requirement.operator.text {
                case "In": value.map(values.contains) ?? false
                case "NotIn": value.map { !values.contains($0) } ?? true
                case "Exists": value != nil
                case "DoesNotExist": value == nil
                default: false
                }
            if !isFulfilled { return false }
        }
        return true
    }

    /// As tables show it: `app=web,tier in (a,b)`; `<none>` for one that demands nothing.
    var text: String {
        if isEmpty { return "<none>" }
        let labels = selector.matchLabels.textMap.map { (key: $0, text: "\($0)=\($1)") }
        let expressions = selector.matchExpressions.elements.map { requirement in
            let key = requirement.key.text
            let values = requirement.values.texts.sorted().joined(separator: ",")
            let text =
                switch requirement.operator.text {
                case "In": "\(key) in (\(values))"
                case "NotIn": "\(key) notin (\(values))"
                case "Exists": key
                case "DoesNotExist": "!\(key)"
                default: "<error>"
                }
            return (key: key, text: text)
        }
        return (labels + expressions).sorted { ($0.key, $0.text) < ($1.key, $1.text) }.map(\.text)
            .joined(separator: ",")
    }

    /// Labels as tables show them: `app=web,tier=a`, sorted; `<none>` for none.
    static func text(of labels: ObjectView) -> String {
        let parts = labels.textMap.map { "\($0)=\($1)" }.sorted()
        return parts.isEmpty ? "<none>" : parts.joined(separator: ",")
    }
}
