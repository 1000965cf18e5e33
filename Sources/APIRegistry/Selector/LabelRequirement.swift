import APISchema

/// What a label selector demands of one label.
public struct LabelRequirement: Sendable, Hashable {
    /// How the label's value is compared.
    public enum Operator: String, Sendable, Hashable, CaseIterable {
        /// The label is there, its value one of these.
        case `in`
        /// The label is not there, or its value none of these.
        case notIn = "notin"
        /// The label's value is this one.
        case equals = "="
        /// The same, written otherwise.
        case doubleEquals = "=="
        /// The label is not there, or its value another one.
        case notEquals = "!="
        /// The label is there.
        case exists
        /// The label is not there.
        case doesNotExist = "!"
        /// The label's value is a whole number above this one.
        case greaterThan = "gt"
        /// The label's value is a whole number below this one.
        case lessThan = "lt"
    }

    /// The label's name.
    public let key: String
    /// How its value is compared.
    public let `operator`: Operator
    /// With what; sorted, none twice. One for all but `in`, `notIn` (one or more) and the two of existence (none).
    public let values: [String]
    /// The value that is compared with as a number.
    private let bound: Int64?

    /// A requirement from its parts.
    ///
    /// - Throws: Where the name or a value cannot be that of a label, or the number of values is wrong.
    public init(_ key: String, _ operator: Operator, _ values: [String] = []) throws(SelectorError) {
        let values = Set(values).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        var problems = LabelRules.problems(name: key)
        problems = problems.isEmpty ? [] : ["key: Invalid value: \(key.goQuoted): \(problems.joined(separator: "; "))"]
        let shown = "[\(values.map(\.goQuoted).joined(separator: ","))]"
        var bound: Int64?
        switch `operator` {
        case .in, .notIn:
            if values.isEmpty {
                problems.append("values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty")
            }
        case .equals, .doubleEquals, .notEquals:
            if values.count != 1 {
                problems.append("values: Invalid value: \(shown): exact-match compatibility requires one single value")
            }
        case .exists, .doesNotExist:
            if !values.isEmpty {
                problems.append(
                    "values: Invalid value: \(shown): values set must be empty for exists and does not exist"
                )
            }
        case .greaterThan, .lessThan:
            if values.count != 1 {
                problems.append(
                    "values: Invalid value: \(shown): for 'Gt', 'Lt' operators, exactly one value is required"
                )
            }
            for (index, value) in values.enumerated() {
                bound = Int64(value)
                if bound == nil {
                    problems.append(
                        "values[\(index)]: Invalid value: \(value.goQuoted): for 'Gt', 'Lt' operators, the value must "
                            + "be an integer"
                    )
                }
            }
        }
        for (index, value) in values.enumerated() {
            let wrong = LabelRules.problems(value: value)
            if wrong.isEmpty { continue }
            problems.append(
                "values[\(index)][\(key)]: Invalid value: \(value.goQuoted): \(wrong.joined(separator: "; "))"
            )
        }
        if let first = problems.first {
            throw SelectorError(problems.count == 1 ? first : "[\(problems.joined(separator: ", "))]")
        }
        self.key = key
        self.operator = `operator`
        self.values = values
        self.bound = bound
    }

    /// Whether a label with this value fulfils it; nil for a label that is not there.
    public func matches(_ value: String?) -> Bool {
        switch `operator` {
        case .exists: return value != nil
        case .doesNotExist: return value == nil
        case .equals, .doubleEquals, .in:
            guard let value else { return false }
            return contains(value)
        case .notEquals, .notIn:
            guard let value else { return true }
            return !contains(value)
        case .greaterThan:
            guard let number = value.flatMap({ Int64($0) }), let bound else { return false }
            return number > bound
        case .lessThan:
            guard let number = value.flatMap({ Int64($0) }), let bound else { return false }
            return number < bound
        }
    }

    private func contains(_ value: String) -> Bool {
        values.count == 1 ? values[0] == value : values.contains(value)
    }
}

extension LabelRequirement: CustomStringConvertible {
    /// As kube-apiserver writes it: `app=web`, `!app`, `app in (a,b)`, `weight>3`.
    public var description: String {
        switch `operator` {
        case .exists: key
        case .doesNotExist: "!\(key)"
        case .equals, .doubleEquals, .notEquals: "\(key)\(`operator`.rawValue)\(values.joined(separator: ","))"
        case .in, .notIn: "\(key) \(`operator`.rawValue) (\(values.joined(separator: ",")))"
        case .greaterThan: "\(key)>\(values.joined(separator: ","))"
        case .lessThan: "\(key)<\(values.joined(separator: ","))"
        }
    }
}
