/// In which order a message's fields stand in protobuf: by ascending number, those of a group together.
struct ProtobufLayout: Sendable {
    /// One thing to write.
    enum Step: Sendable {
        /// The field at that position.
        case field(Int)
        /// A message that holds these fields, which JSON shows as if they were not in one.
        case group(number: Int, positions: [Int])
    }

    /// What to write, by ascending number; fields without a number are not there.
    let steps: [Step]
    /// Fields by number; those of groups by their number in the group and the group's.
    private let positions: [UInt64: Int]
    /// The numbers of groups.
    let groups: Set<Int>

    /// The layout of these fields.
    init(_ fields: [CodecPlan.Field]) {
        var members: [Int: [Int]] = [:]
        var steps: [(number: Int, step: Step)] = []
        var positions: [UInt64: Int] = [:]
        for (position, field) in fields.enumerated() where field.schema.number > 0 {
            positions[Self.key(field.schema.number, group: field.schema.group)] = position
            if field.schema.group > 0 {
                members[field.schema.group, default: []].append(position)
            } else {
                steps.append((field.schema.number, .field(position)))
            }
        }
        for (number, positions) in members {
            let ordered = positions.sorted { fields[$0].schema.number < fields[$1].schema.number }
            steps.append((number, .group(number: number, positions: ordered)))
        }
        self.steps = steps.sorted { $0.number < $1.number }.map(\.step)
        self.positions = positions
        groups = Set(members.keys)
    }

    /// The position of the field of that number.
    func position(of number: Int, group: Int = 0) -> Int? { positions[Self.key(number, group: group)] }

    private static func key(_ number: Int, group: Int) -> UInt64 {
        UInt64(UInt32(truncatingIfNeeded: number)) << 32 | UInt64(UInt32(truncatingIfNeeded: group))
    }
}
