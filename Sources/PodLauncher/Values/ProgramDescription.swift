package import JSON

/// A program of a container: what it is, what it is given, and as whom it runs.
package struct ProgramDescription: Sendable, Hashable {
    /// The program and its arguments.
    package var arguments: [String]
    /// `NAME=value`.
    package var environment: [String]
    /// Where it starts; made where it is missing.
    package var workingFolder: String
    /// Numbers of the user and the groups.
    package var user: UInt32
    package var group: UInt32
    package var supplementaryGroups: [UInt32]

    package init(
        arguments: [String],
        environment: [String] = [],
        workingFolder: String = "/",
        user: UInt32 = 0,
        group: UInt32 = 0,
        supplementaryGroups: [UInt32] = []
    ) {
        self.arguments = arguments
        self.environment = environment
        self.workingFolder = workingFolder
        self.user = user
        self.group = group
        self.supplementaryGroups = supplementaryGroups
    }

    /// Reads what ``add(to:)`` wrote.
    package init(json: JSONValue) {
        func texts(_ name: String) -> [String] { (json[name]?.array ?? []).compactMap(\.string) }
        func number(_ value: JSONValue?) -> UInt32? { value?.integer.flatMap { UInt32(exactly: $0) } }
        self.init(
            arguments: texts("arguments"),
            environment: texts("environment"),
            workingFolder: json["workingFolder"]?.string ?? "/",
            user: number(json["user"]) ?? 0,
            group: number(json["group"]) ?? 0,
            supplementaryGroups: (json["supplementaryGroups"]?.array ?? []).compactMap(number)
        )
    }

    /// Adds everything to an object, beside what else is said of the container: so that the files can be read by
    /// launchers and nodes of other versions.
    package func add(to json: inout JSONValue) {
        json["arguments"] = .strings(arguments)
        json["environment"] = .strings(environment)
        json["workingFolder"] = .string(workingFolder)
        json["user"] = .integer(user)
        json["group"] = .integer(group)
        json["supplementaryGroups"] = .array(supplementaryGroups.map { .integer($0) })
    }
}
