import JSON

// Members are taken out before they are changed, so that a change in depth copies nothing; they keep their places.

extension JSONValue {
    /// Changes a member of an object; does nothing where it is missing, or this is no object.
    mutating func mutateMember(_ name: String, _ change: (inout JSONValue) -> Void) {
        guard case .object(var members) = self, var value = members[name] else { return }
        self = .null
        members[name] = .null
        change(&value)
        members[name] = value
        self = .object(members)
    }

    /// Changes a member, which is made an empty object where it is missing or null; does nothing where this is no
    /// object.
    mutating func mutateOrMakeMember(_ name: String, _ change: (inout JSONValue) -> Void) {
        guard case .object(let members) = self else { return }
        if members[name] ?? .null == .null { self[name] = .object(JSONObject()) }
        mutateMember(name, change)
    }

    /// Changes each element of a member that is an array.
    mutating func mutateElements(of name: String, _ change: (inout JSONValue) -> Void) {
        mutateMember(name) { list in
            guard case .array(var elements) = list else { return }
            list = .null
            for index in elements.indices { change(&elements[index]) }
            list = .array(elements)
        }
    }

    /// Sets a member of an object where it is missing or null; does nothing where this is no object.
    mutating func fillIn(_ name: String, _ value: @autoclosure () -> JSONValue) {
        guard case .object(let members) = self, members[name] ?? .null == .null else { return }
        self[name] = value()
    }

    /// Sets a member where it is missing, null or an empty string.
    mutating func fillInText(_ name: String, _ value: @autoclosure () -> JSONValue) {
        guard case .object(let members) = self else { return }
        switch members[name] ?? .null {
        case .null, .string(""): self[name] = value()
        default: break
        }
    }

    /// Sets a member where it is missing, null or 0.
    mutating func fillInNumber(_ name: String, _ value: @autoclosure () -> JSONValue) {
        guard case .object(let members) = self else { return }
        switch members[name] ?? .null {
        case .null, .number("0"): self[name] = value()
        default: break
        }
    }

    /// Takes a member out of an object; does nothing where this is no object.
    mutating func removeMember(_ name: String) {
        guard case .object(let members) = self, members[name] != nil else { return }
        self[name] = nil
    }

    /// Takes out all members that are null, here and below: they mean nothing in an object of the API.
    mutating func removeNulls() {
        switch self {
        case .object(var members):
            self = .null
            if members.contains(where: { $0.value == .null }) { members.removeAll { $0.value == .null } }
            for name in members.names {
                guard var value = members[name], value.isContainer else { continue }
                members[name] = .null
                value.removeNulls()
                members[name] = value
            }
            self = .object(members)
        case .array(var elements):
            self = .null
            for index in elements.indices where elements[index].isContainer { elements[index].removeNulls() }
            self = .array(elements)
        default: break
        }
    }

    /// Takes out members of these names, here and below, that have the value that missing ones have: `false`, 0, an
    /// empty string, an empty list.
    ///
    /// What is left of two objects is equal where they mean the same.
    ///
    /// - Parameter maps: Names of members whose own members are chosen by users, and are left as they are.
    mutating func removeZeros(of names: Set<String>, maps: Set<String> = ["labels", "annotations", "matchLabels"]) {
        switch self {
        case .object(var members):
            self = .null
            if members.contains(where: { $0.value.isZero && names.contains($0.name) }) {
                members.removeAll { $0.value.isZero && names.contains($0.name) }
            }
            for name in members.names where !maps.contains(name) {
                guard var value = members[name], value.isContainer else { continue }
                members[name] = .null
                value.removeZeros(of: names, maps: maps)
                members[name] = value
            }
            self = .object(members)
        case .array(var elements):
            self = .null
            for index in elements.indices where elements[index].isContainer {
                elements[index].removeZeros(of: names, maps: maps)
            }
            self = .array(elements)
        default: break
        }
    }

    private var isContainer: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }

    private var isZero: Bool {
        switch self {
        case .bool(false), .number("0"), .string(""): true
        case .array(let elements): elements.isEmpty
        default: false
        }
    }
}
