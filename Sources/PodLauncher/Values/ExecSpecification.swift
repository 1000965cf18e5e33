package import JSON

/// A program to be run in a running container: the runtime hands it to `trama-pod exec`.
package struct ExecSpecification: Sendable, Hashable {
    /// The container's first process, whose namespaces are entered.
    package var process: ProcessIdentity
    /// What is run.
    package var program: ProgramDescription
    /// Whether its standard input is a terminal that it is to control.
    package var hasTerminal: Bool
    /// The container's cgroup; nil for none.
    package var cgroup: String?

    package init(
        process: ProcessIdentity,
        program: ProgramDescription,
        hasTerminal: Bool = false,
        cgroup: String? = nil
    ) {
        self.process = process
        self.program = program
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
            program: ProgramDescription(json: json),
            hasTerminal: json["hasTerminal"]?.bool ?? false,
            cgroup: json["cgroup"]?.string
        )
    }

    /// Everything, for the file.
    package var json: JSONValue {
        var json: JSONValue = ["process": process.json, "hasTerminal": .bool(hasTerminal)]
        program.add(to: &json)
        json["cgroup"] = cgroup.map { .string($0) }
        return json
    }
}
