import JSON

/// Makes functions that find a text in an object, for field selectors.
enum SelectableFields {
    /// The text, number or truth value under these names; empty where there is none.
    static func text(_ names: String...) -> @Sendable (JSONValue) -> String {
        { object in
            var view = ObjectView(object)
            for name in names { view = view[name] }
            return switch view.json {
            case .string(let text): text
            case .number(let text): text
            case .bool(let value): "\(value)"
            default: ""
            }
        }
    }

    /// A truth value, `false` where there is none.
    static func flag(_ names: String...) -> @Sendable (JSONValue) -> String {
        { object in
            var view = ObjectView(object)
            for name in names { view = view[name] }
            return "\(view.isTrue)"
        }
    }

    /// A number, 0 where there is none.
    static func number(_ names: String...) -> @Sendable (JSONValue) -> String {
        { object in
            var view = ObjectView(object)
            for name in names { view = view[name] }
            return "\(view.number ?? 0)"
        }
    }
}
