import APISchema
public import JSON

/// Which objects, by their labels: those that fulfil all requirements.
public struct LabelSelector: Sendable, Hashable {
    /// What is demanded, sorted by label; empty for all objects.
    public let requirements: [LabelRequirement]
    /// Whether nothing at all is selected, as by a `LabelSelector` that is not there.
    public let selectsNothing: Bool

    /// How long the text of a selector may be, in bytes.
    public static let lengthLimit = 1 << 20

    /// All objects.
    public static let everything = LabelSelector([])
    /// No object.
    public static let nothing = LabelSelector(requirements: [], selectsNothing: true)

    /// The objects that fulfil all of these.
    public init(_ requirements: [LabelRequirement]) {
        self.init(
            requirements: requirements.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) },
            selectsNothing: false
        )
    }

    private init(requirements: [LabelRequirement], selectsNothing: Bool) {
        self.requirements = requirements
        self.selectsNothing = selectsNothing
    }

    /// Reads the text of a `labelSelector` parameter, such as `app=web,!canary,tier in (a, b)`.
    public init(parsing text: String) throws(SelectorError) {
        guard text.utf8.count <= Self.lengthLimit else {
            throw SelectorError("the selector is longer than \(Self.lengthLimit) bytes")
        }
        var parser = LabelSelectorParser(text)
        self.init(try parser.parse())
    }

    /// Whether it selects all objects.
    public var isEmpty: Bool { requirements.isEmpty && !selectsNothing }

    /// Whether an object with these labels is selected.
    public func matches(_ labels: [String: String]) -> Bool {
        !selectsNothing && requirements.allSatisfy { $0.matches(labels[$0.key]) }
    }

    /// Whether an object with these labels is selected: `metadata.labels`, nil where there are none.
    public func matches(_ labels: JSONObject?) -> Bool {
        !selectsNothing && requirements.allSatisfy { $0.matches(labels?[$0.key]?.string) }
    }
}

extension LabelSelector: CustomStringConvertible {
    /// The text that selects the same, the same for equal selectors.
    public var description: String { requirements.map(\.description).joined(separator: ",") }
}

extension LabelSelector {
    /// Reads a `metav1.LabelSelector` object: `matchLabels` and `matchExpressions`.
    ///
    /// - Parameter object: Nil or null selects nothing, an empty object everything.
    /// - Throws: Where an expression's operator is not known, or its parts do not fit.
    public init(object: JSONValue?) throws(SelectorError) {
        guard let object, let members = object.object else {
            self = .nothing
            return
        }
        var requirements: [LabelRequirement] = []
        for member in members["matchLabels"]?.object ?? JSONObject() {
            requirements.append(try LabelRequirement(member.name, .equals, [member.value.string ?? ""]))
        }
        for expression in members["matchExpressions"]?.array ?? [] {
            let name = expression["operator"]?.string ?? ""
            guard let `operator` = Self.operators[name] else {
                throw SelectorError("\(name.goQuoted) is not a valid label selector operator")
            }
            let values = (expression["values"]?.array ?? []).compactMap(\.string)
            requirements.append(try LabelRequirement(expression["key"]?.string ?? "", `operator`, values))
        }
        self.init(requirements)
    }

    private static let operators: [String: LabelRequirement.Operator] = [
        "In": .in, "NotIn": .notIn, "Exists": .exists, "DoesNotExist": .doesNotExist,
    ]
}
