import APISchema

/// Reads the text of a label selector.
///
/// Source: `Parser` of `k8s.io/apimachinery/pkg/labels/selector.go`, whose words its errors have.
struct LabelSelectorParser {
    private typealias Token = LabelSelectorLexer.Token
    private typealias Item = (token: Token, text: String)

    private var items: [Item] = []
    private var position = 0

    init(_ text: String) {
        var lexer = LabelSelectorLexer(text)
        repeat { items.append(lexer.next()) } while items.last?.token != .end
    }

    /// How the two words that are operators are to be taken.
    private enum Context {
        case keyAndOperator, values
    }

    private func look(_ context: Context) -> Item {
        guard position < items.count else { return (.end, "") }
        let item = items[position]
        if context == .values, item.token == .in || item.token == .notIn { return (.identifier, item.text) }
        return item
    }

    private mutating func take(_ context: Context) -> Item {
        let item = look(context)
        position += 1
        return item
    }

    mutating func parse() throws(SelectorError) -> [LabelRequirement] {
        var requirements: [LabelRequirement] = []
        while true {
            let first = look(.values)
            switch first.token {
            case .identifier, .not:
                do {
                    requirements.append(try requirement())
                } catch {
                    throw SelectorError("unable to parse requirement: \(error.message)")
                }
                let separator = take(.values)
                switch separator.token {
                case .end:
                    return requirements
                case .comma:
                    let next = look(.values)
                    guard next.token == .identifier || next.token == .not else {
                        throw SelectorError("found '\(next.text)', expected: identifier after ','")
                    }
                default:
                    throw SelectorError("found '\(separator.text)', expected: ',' or 'end of string'")
                }
            case .end:
                return requirements
            default:
                throw SelectorError("found '\(first.text)', expected: !, identifier, or 'end of string'")
            }
        }
    }

    private mutating func requirement() throws(SelectorError) -> LabelRequirement {
        var key = take(.values)
        let isNegated = key.token == .not
        if isNegated { key = take(.values) }
        guard key.token == .identifier else { throw SelectorError("found '\(key.text)', expected: identifier") }
        let problems = LabelRules.problems(name: key.text)
        guard problems.isEmpty else {
            // "<nil>" is what upstream has in place of a field.
            let words = problems.joined(separator: "; ")
            throw SelectorError("<nil>: Invalid value: \(key.text.goQuoted): \(words)")
        }
        if isNegated { return try LabelRequirement(key.text, .doesNotExist) }
        switch look(.values).token {
        case .end, .comma: return try LabelRequirement(key.text, .exists)
        default: break
        }
        let `operator` = try parseOperator()
        switch `operator` {
        case .in, .notIn: return try LabelRequirement(key.text, `operator`, parseValues())
        default: return try LabelRequirement(key.text, `operator`, [parseExactValue()])
        }
    }

    private mutating func parseOperator() throws(SelectorError) -> LabelRequirement.Operator {
        let item = take(.keyAndOperator)
        switch item.token {
        case .in: return .in
        case .notIn: return .notIn
        case .equals: return .equals
        case .doubleEquals: return .doubleEquals
        case .notEquals: return .notEquals
        case .greater: return .greaterThan
        case .less: return .lessThan
        default: throw SelectorError("found '\(item.text)', expected: in, notin, =, ==, !=, gt, lt")
        }
    }

    private mutating func parseExactValue() throws(SelectorError) -> String {
        switch look(.values).token {
        case .end, .comma: return ""
        default: break
        }
        let item = take(.values)
        guard item.token == .identifier else { throw SelectorError("found '\(item.text)', expected: identifier") }
        return item.text
    }

    private mutating func parseValues() throws(SelectorError) -> [String] {
        let opening = take(.values)
        guard opening.token == .open else { throw SelectorError("found '\(opening.text)' expected: '('") }
        let first = look(.values)
        switch first.token {
        case .identifier, .comma:
            let values = try parseList()
            guard take(.values).token == .closed else { throw SelectorError("found '\(first.text)', expected: ')'") }
            return values
        case .closed:
            _ = take(.values)
            return []
        default:
            throw SelectorError("found '\(first.text)', expected: ',', ')' or identifier")
        }
    }

    /// Values with commas between them, where nothing between two commas is the empty value.
    private mutating func parseList() throws(SelectorError) -> [String] {
        var values: [String] = []
        while true {
            let item = take(.values)
            switch item.token {
            case .identifier:
                values.append(item.text)
                let next = look(.values)
                switch next.token {
                case .comma: continue
                case .closed: return values
                default: throw SelectorError("found '\(next.text)', expected: ',' or ')'")
                }
            case .comma:
                if values.isEmpty { values.append("") }
                switch look(.values).token {
                case .closed:
                    values.append("")
                    return values
                case .comma:
                    _ = take(.values)
                    values.append("")
                default: break
                }
            default:
                throw SelectorError("found '\(item.text)', expected: ',', or identifier")
            }
        }
    }
}
