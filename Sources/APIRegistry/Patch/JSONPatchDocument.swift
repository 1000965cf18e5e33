import APISchema
import JSON

/// A document while a JSON patch is applied to it.
struct JSONPatchDocument {
    /// How many bytes all copies of a patch may have together, as upstream's `JSONPatchMaxCopyBytes`.
    private static let copyLimit = 3 << 20
    /// How many values may be looked at and moved in all operations of a patch: it takes less than a second.
    private static let effortLimit = 5_000_000

    /// The document.
    private(set) var root: JSONValue
    private var copiedByteCount = 0
    private var effort = 0

    init(_ root: JSONValue) {
        self.root = root
    }

    mutating func apply(_ operation: JSONPatchOperation) throws(PatchError) {
        switch operation {
        case .add(let path, let value):
            try add(value, at: path, "add")
        case .remove(let path):
            _ = try remove(path, "remove")
        case .replace(let path, let value):
            try replace(value, at: path)
        case .move(let source, let path):
            guard !source.isAbove(path) else {
                throw Self.failure("move", path, "\(source) cannot be moved into itself")
            }
            try add(try remove(source, "move"), at: path, "move")
        case .copy(let source, let path):
            guard let value = root.value(at: source.tokens) else { throw Self.missing("copy", source) }
            copiedByteCount += value.json.count
            guard copiedByteCount <= Self.copyLimit else {
                throw PatchError(.tooLarge, "the copies of a JSON patch may have at most \(Self.copyLimit) bytes")
            }
            try add(value, at: path, "copy")
        case .test(let path, let value):
            // Upstream takes what is not there for null.
            guard (root.value(at: path.tokens) ?? .null).isSame(as: value) else {
                throw PatchError(.inapplicable, "testing value \(path) failed: test failed")
            }
        }
    }

    /// Refuses to put a value there if it would nest too deep.
    private mutating func checkDepth(_ value: JSONValue, _ path: JSONPointer) throws(PatchError) {
        var nodeCount = 0
        guard path.tokens.count + value.depth(counting: &nodeCount) <= ObjectPatch.depthLimit else {
            throw PatchError(.tooLarge, "the patch makes values that nest more than \(ObjectPatch.depthLimit) deep")
        }
        try spend(nodeCount)
    }

    private mutating func add(_ value: JSONValue, at path: JSONPointer, _ name: String) throws(PatchError) {
        try checkDepth(value, path)
        guard let last = path.tokens.last else {
            root = value
            return
        }
        var moved = 0
        let isDone = try root.change(at: path.tokens.dropLast()) { (container) throws(PatchError) in
            switch container {
            case .object(var members):
                container = .null
                members[last] = value
                container = .object(members)
            case .array(var elements):
                guard let index = Self.index(last, count: elements.count, mayAppend: true) else {
                    throw Self.failure(name, path, "the array has no place \(last.goQuoted)")
                }
                container = .null
                elements.insert(value, at: index)
                moved = elements.count - index
                container = .array(elements)
            default: throw Self.missing(name, path)
            }
        }
        guard isDone else { throw Self.missing(name, path) }
        try spend(moved)
    }

    private mutating func remove(_ path: JSONPointer, _ name: String) throws(PatchError) -> JSONValue {
        guard let last = path.tokens.last else { throw Self.failure(name, path, "the document cannot be removed") }
        var removed: JSONValue?
        var moved = 0
        let isDone = try root.change(at: path.tokens.dropLast()) { (container) throws(PatchError) in
            switch container {
            case .object(var members):
                container = .null
                moved = members.count
                removed = members.remove(last)
                container = .object(members)
            case .array(var elements):
                guard let index = Self.index(last, count: elements.count, mayAppend: false) else { return }
                container = .null
                moved = elements.count - index
                removed = elements.remove(at: index)
                container = .array(elements)
            default: break
            }
        }
        guard isDone, let removed else { throw Self.missing(name, path) }
        try spend(moved)
        return removed
    }

    private mutating func replace(_ value: JSONValue, at path: JSONPointer) throws(PatchError) {
        try checkDepth(value, path)
        let isDone = try root.change(at: path.tokens[...]) { (present) throws(PatchError) in present = value }
        guard isDone else { throw Self.missing("replace", path) }
    }

    private mutating func spend(_ count: Int) throws(PatchError) {
        effort += count
        guard effort <= Self.effortLimit else {
            throw PatchError(.tooLarge, "the patch removes and inserts too often in lists and objects that are large")
        }
    }

    /// The place in an array that a token means; as in upstream, negative numbers count from the end.
    fileprivate static func index(_ token: String, count: Int, mayAppend: Bool) -> Int? {
        let places = mayAppend ? count + 1 : count
        if token == "-" { return mayAppend ? count : nil }
        let digits = token.utf8.first == UInt8(ascii: "-") ? token.utf8.dropFirst() : token.utf8[...]
        guard digits.allSatisfy(JSONReader.isDigit), digits.count == 1 || digits.first != UInt8(ascii: "0") else {
            return nil
        }
        guard let number = Int(token) else { return nil }
        let index = number < 0 ? number + places : number
        return (0..<places).contains(index) ? index : nil
    }

    private static func missing(_ name: String, _ path: JSONPointer) -> PatchError {
        failure(name, path, "missing value")
    }

    private static func failure(_ name: String, _ path: JSONPointer, _ words: String) -> PatchError {
        PatchError(
            .inapplicable,
            "\(name) operation does not apply: doc is missing path: \("\(path)".goQuoted): \(words)"
        )
    }
}

extension JSONValue {
    /// The value at the end of these steps down; nil where there is none.
    fileprivate func value(at tokens: [String]) -> JSONValue? {
        var value = self
        for token in tokens {
            switch value {
            case .object(let members):
                guard let next = members[token] else { return nil }
                value = next
            case .array(let elements):
                guard let index = JSONPatchDocument.index(token, count: elements.count, mayAppend: false) else {
                    return nil
                }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    /// Changes the value at the end of these steps down, in place; false where there is none.
    fileprivate mutating func change(
        at tokens: ArraySlice<String>,
        _ body: (inout JSONValue) throws(PatchError) -> Void
    ) throws(PatchError) -> Bool {
        guard let first = tokens.first else {
            try body(&self)
            return true
        }
        let rest = tokens.dropFirst()
        // What is changed is taken out of its container meanwhile, or all of it would be copied. After an error nobody
        // looks at the document any more.
        switch self {
        case .object(var members):
            guard var inner = members[first] else { return false }
            self = .null
            members[first] = .null
            let isDone = try inner.change(at: rest, body)
            members[first] = inner
            self = .object(members)
            return isDone
        case .array(var elements):
            guard let index = JSONPatchDocument.index(first, count: elements.count, mayAppend: false) else {
                return false
            }
            self = .null
            var inner = elements[index]
            elements[index] = .null
            let isDone = try inner.change(at: rest, body)
            elements[index] = inner
            self = .array(elements)
            return isDone
        default: return false
        }
    }

    /// How many arrays and objects are open in its innermost value.
    ///
    /// - Parameter count: Grows by the number of values that were looked at.
    fileprivate func depth(counting count: inout Int) -> Int {
        count += 1
        var innermost = 0
        switch self {
        case .array(let elements):
            for element in elements { innermost = max(innermost, element.depth(counting: &count)) }
        case .object(let members):
            for member in members { innermost = max(innermost, member.value.depth(counting: &count)) }
        default: return 0
        }
        return innermost + 1
    }

    /// Whether it is equal as RFC 6902 has it (section 4.6): numbers by what they say, not how they are written.
    fileprivate func isSame(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.number(let left), .number(let right)):
            if left == right { return true }
            if let left = Int(left), let right = Int(right) { return left == right }
            guard let left = Double(left), let right = Double(right) else { return false }
            return left == right
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && left.allSatisfy { member in right[member.name].map { member.value.isSame(as: $0) } ?? false }
        default:
            return self == other
        }
    }
}
