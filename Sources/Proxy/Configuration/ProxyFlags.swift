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

    /// The arguments in the form that the command's parser reads: a flag and its value, one after the other.
    ///
    /// Go's flag package takes `--name=value`, also with nothing after the `=`, `-v=2`, and `--name` alone for
    /// `--name=true` where the flag is true or false.
    public static func normalizing(_ arguments: [String]) -> [String] {
        var normalized: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" { return normalized + [argument] + rest }
            let dashes = argument.prefix { $0 == "-" }.count
            let parts = argument.dropFirst(dashes).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first, let flag = ProxyFlag.named(String(name)), dashes == 2 || name == "v" else {
                normalized.append(argument)
                continue
            }
            normalized.append(String(argument.prefix(dashes)) + name)
            if parts.count == 2 {
                normalized.append(String(parts[1]))
            } else if flag.isBoolean {
                normalized.append("true")
            } else if let value = rest.popFirst() {
                normalized.append(value)
            }
        }
        return normalized
    }
}
