import SeededTesting
import JSON

@testable import APIRegistry

/// Puts things into a patch where they do not belong.
enum PatchMutator {
    private static let names = [
        "$patch", "$retainKeys", "$setElementOrder/ports", "$deleteFromPrimitiveList/finalizers", "$setElementOrder/",
        "$setElementOrder/nothing", "$deleteFromPrimitiveList/ports", "ports", "containers", "labels", "name", "port",
    ]
    private static let values: [JSONValue] = [
        "replace", "delete", "merge", 1, .null, [], [:], ["a"], [["port": 97]], [["name": "a"]], [1, "a"], [[1]],
        ["$patch": "delete"], [["$patch": "replace"]], true,
    ]

    /// Changes one value somewhere in the patch.
    static func mutate(_ value: inout JSONValue, using random: inout SeededGenerator) {
        switch value {
        case .object(var members):
            if let member = random.pick(members.members), !random.chance(4) {
                var inner = member.value
                mutate(&inner, using: &random)
                members[member.name] = inner
            } else if let name = random.pick(names) {
                members[name] = random.pick(values)
            }
            value = .object(members)
        case .array(var elements):
            if let index = elements.indices.randomElement(using: &random), !random.chance(4) {
                mutate(&elements[index], using: &random)
            } else if let element = random.pick(values) {
                elements.insert(element, at: Int.random(in: 0...elements.count, using: &random))
            }
            value = .array(elements)
        default:
            value = random.pick(values) ?? .null
        }
    }
}
