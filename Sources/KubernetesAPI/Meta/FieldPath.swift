/// Where in an object a field lies, such as `spec.ports[0].port`.
///
/// Printed as the API server prints it in the `field` of a refusal's causes.
public struct FieldPath: Sendable, Hashable {
    /// One step down.
    public enum Element: Sendable, Hashable {
        /// A field of an object: `.spec`.
        case field(String)
        /// An element of an array, from 0: `[0]`.
        case index(Int)
        /// A key of a map whose keys the user chooses: `[app.kubernetes.io/name]`.
        case key(String)
    }

    /// The steps from the object downwards; empty for the object itself.
    public var elements: [Element]

    /// A path of these steps.
    public init(_ elements: [Element] = []) {
        self.elements = elements
    }

    /// Whether it means the object itself.
    public var isEmpty: Bool { elements.isEmpty }

    /// The field of that name under this one.
    public func field(_ name: String) -> FieldPath { FieldPath(elements + [.field(name)]) }

    /// The element of this array; `index` counts from 0.
    public subscript(index: Int) -> FieldPath { FieldPath(elements + [.index(index)]) }

    /// The entry of this map.
    public subscript(key key: String) -> FieldPath { FieldPath(elements + [.key(key)]) }
}

extension FieldPath: CustomStringConvertible {
    /// `spec.ports[0].port`.
    public var description: String {
        var text = ""
        for element in elements {
            switch element {
            case .field(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            case .key(let key): text += "[\(key)]"
            }
        }
        return text
    }
}

extension FieldPath: ExpressibleByStringLiteral {
    /// The path of a literal such as `"spec.ports[0].port"`; what stands in brackets is an index where it is a number.
    public init(stringLiteral text: String) {
        self.init()
        var rest = Substring(text)
        while let first = rest.first {
            if first == "[", let end = rest.firstIndex(of: "]") {
                let inside = String(rest[rest.index(after: rest.startIndex)..<end])
                elements.append(Int(inside).map { .index($0) } ?? .key(inside))
                rest = rest[rest.index(after: end)...]
            } else {
                if first == "." { rest.removeFirst() }
                let end = rest.dropFirst().firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
                elements.append(.field(String(rest[..<end])))
                rest = rest[end...]
            }
        }
    }
}
