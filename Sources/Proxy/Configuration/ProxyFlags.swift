/// The flags that were given, as text, in their order.
public struct ProxyFlags: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// A flag and its value.
    public struct Given: Sendable, Equatable {
        /// The name without its dashes.
        public var name: String
        /// The value as written; `true` for a flag that stands alone.
        public var value: String
    }

    /// In the order of the command line.
    public private(set) var given: [Given] = []

    /// No flags.
    public init() {}

    /// Flags and their values.
    public init(dictionaryLiteral elements: (String, String)...) {
        given = elements.map { Given(name: $0.0, value: $0.1) }
    }

    /// Adds a flag unless its value is nil.
    public mutating func add(_ name: String, _ value: String?) {
        if let value { given.append(Given(name: name, value: value)) }
    }

    /// The last value of that flag.
    public subscript(name: String) -> String? { given.last { $0.name == name }?.value }

    /// The arguments in the form that the command's parser reads: a boolean flag without a value gets `=true`, and
    /// `-v=2` becomes `--v=2`. Go's flag package accepts all of these spellings.
    public static func normalizing(_ arguments: [String]) -> [String] {
        var isOver = false
        return arguments.map { argument in
            if argument == "--" { isOver = true }
            guard !isOver, argument.hasPrefix("-") else { return argument }
            if argument.hasPrefix("-v=") { return "-" + argument }
            guard argument.hasPrefix("--"), ProxyFlag.named(String(argument.dropFirst(2)))?.isBoolean == true
            else { return argument }
            return argument + "=true"
        }
    }
}
