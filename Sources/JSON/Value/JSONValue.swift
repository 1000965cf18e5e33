/// Any JSON, as a tree: for what is changed piece by piece, such as an object under a patch.
///
/// A tree takes several times the memory of its text and is slow to make: what is only passed on stays bytes, and what
/// has a type is read with ``JSONReader``.
public enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number, as it was written: `1`, `-0.5`, `1e9`.
    case number(String)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object.
    case object(JSONObject)
}

extension JSONValue {
    /// A whole number.
    public static func integer(_ value: some BinaryInteger) -> JSONValue { .number("\(value)") }

    /// An array of strings.
    public static func strings(_ values: some Sequence<String>) -> JSONValue { .array(values.map { .string($0) }) }

    /// The string; nil where it is none.
    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The truth value; nil where it is none.
    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The whole number; nil where it is none, or has more than 64 bits.
    public var integer: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text)
    }

    /// The elements; nil where it is no array.
    public var array: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members; nil where it is no object.
    public var object: JSONObject? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// Whether it is `null`.
    public var isNull: Bool { self == .null }

    /// A member of an object; nil where there is none, or this is no object.
    ///
    /// Setting a member of a value that is no object makes it one.
    public subscript(_ name: String) -> JSONValue? {
        get {
            guard case .object(let members) = self else { return nil }
            return members[name]
        }
        set {
            // Taken out first, so that the members are changed in place and not copied.
            var members: JSONObject
            if case .object(let present) = self { members = present } else { members = JSONObject() }
            self = .null
            members[name] = newValue
            self = .object(members)
        }
    }

    /// An element of an array; nil past its ends, or where this is no array.
    public subscript(_ index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The value under these members, one within the other; nil where one is missing.
    ///
    /// Setting makes the objects that are missing on the way.
    public subscript(path names: String...) -> JSONValue? {
        get { value(at: names[...]) }
        set { set(newValue, at: names[...]) }
    }

    private func value(at names: ArraySlice<String>) -> JSONValue? {
        guard let first = names.first else { return self }
        return self[first]?.value(at: names.dropFirst())
    }

    private mutating func set(_ value: JSONValue?, at names: ArraySlice<String>) {
        guard let first = names.first else { return }
        if names.count == 1 {
            self[first] = value
            return
        }
        var inner = self[first] ?? .object(JSONObject())
        self[first] = nil
        inner.set(value, at: names.dropFirst())
        self[first] = inner
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object, its members in this order; the last of a name counts.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        var members = JSONObject()
        for (name, value) in elements { members[name] = value }
        self = .object(members)
    }
    /// `null`.
    public init(nilLiteral: ()) { self = .null }
}
