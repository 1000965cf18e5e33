import JSON

/// A read-only look at an object, field by field, in which everything that is missing, null or of another type is
/// empty: `ObjectView(pod).spec.containers.elements`.
///
/// Fields whose names are not Swift's are found by subscript.
@dynamicMemberLookup
struct ObjectView {
    /// The value; nil where it is missing or null.
    let json: JSONValue?

    init(_ json: JSONValue?) {
        self.json = json == .null ? nil : json
    }

    subscript(dynamicMember name: String) -> ObjectView { self[name] }
    subscript(_ name: String) -> ObjectView { ObjectView(json?[name]) }

    /// Whether there is a value.
    var isPresent: Bool { json != nil }
    /// The string; empty where it is none.
    var text: String { json?.string ?? "" }
    /// The whole number; nil where it is none.
    var number: Int? { json?.integer }
    /// Whether it is `true`.
    var isTrue: Bool { json?.bool == true }
    /// The elements of an array.
    var elements: [ObjectView] { (json?.array ?? []).map { ObjectView($0) } }
    /// How many elements or members there are.
    var count: Int {
        switch json {
        case .array(let elements): elements.count
        case .object(let members): members.count
        default: 0
        }
    }
    /// The members of an object.
    var members: [(name: String, value: ObjectView)] {
        (json?.object?.members ?? []).map { ($0.name, ObjectView($0.value)) }
    }
    /// The strings of an array; what is none is left out.
    var texts: [String] { (json?.array ?? []).compactMap(\.string) }
    /// The object's members that are strings.
    var textMap: [String: String] {
        var map: [String: String] = [:]
        for member in json?.object?.members ?? [] {
            if let text = member.value.string { map[member.name] = text }
        }
        return map
    }
    /// The value as an error shows it: null where there is none.
    var shown: JSONValue { json ?? .null }
    /// The string as an error shows it: empty where there is none.
    var shownText: JSONValue { json ?? "" }
    /// The number as an error shows it: 0 where there is none.
    var shownNumber: JSONValue { json ?? 0 }
}
