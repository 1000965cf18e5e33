package import JSON

/// A program to be run in a running container: the runtime hands it to `trama-pod exec`.
package struct ExecSpecification: Sendable, Hashable {
    /// The container's first process, whose namespaces are entered.
    package var process: ProcessIdentity
    /// The program and its arguments.
    package var arguments: [String]
    /// `NAME=value`.
    package var environment: [String]
    /// Where it starts.
    package var workingFolder: String
    /// Numbers of the user and the groups.
    package var user: UInt32
    package var group: UInt32
    package var supplementaryGroups: [UInt32]
    /// Whether its standard input is a terminal that it is to control.
    package var hasTerminal: Bool
    /// The container's cgroup; nil for none.
    package var cgroup: String?

    package init(
        process: ProcessIdentity,
        arguments: [String],
        environment: [String],
        workingFolder: String = "/",
        user: UInt32 = 0,
        group: UInt32 = 0,
        supplementaryGroups: [UInt32] = [],
        hasTerminal: Bool = false,
        cgroup: String? = nil
    ) {
        self.process = process
        self.arguments = arguments
        self.environment = environment
        self.workingFolder = workingFolder
        self.user = user
        self.group = group
        self.supplementaryGroups = supplementaryGroups
        self.hasTerminal = hasTerminal
        self.cgroup = cgroup
    }

    /// Reads what ``json`` wrote.
    package init(json: JSONValue) throws(LauncherError) {
        guard let process = ProcessIdentity(json: json["process"]) else {
            throw LauncherError("the specification names no process")
        }
        self.init(
            process: process,
            arguments: json.texts("arguments"),
            environment: json.texts("environment"),
            workingFolder: json["workingFolder"]?.string ?? "/",
            user: json.number("user") ?? 0,
            group: json.number("group") ?? 0,
            supplementaryGroups: (json["supplementaryGroups"]?.array ?? []).compactMap {
                $0.integer.flatMap { UInt32(exactly: $0) }
            },
            hasTerminal: json["hasTerminal"]?.bool ?? false,
            cgroup: json["cgroup"]?.string
        )
    }

    /// Everything, for the file.
    package var json: JSONValue {
        var json: JSONValue = [
            "process": process.json,
            "arguments": .strings(arguments),
            "environment": .strings(environment),
            "workingFolder": .string(workingFolder),
            "user": .integer(user),
            "group": .integer(group),
            "supplementaryGroups": .array(supplementaryGroups.map { .integer($0) }),
            "hasTerminal": .bool(hasTerminal),
        ]
        json["cgroup"] = cgroup.map { .string($0) }
        return json
    }
}
