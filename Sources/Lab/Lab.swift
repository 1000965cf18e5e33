import LabNetwork

/// One lab, and what can be done with it.
public struct Lab: Sendable {
    /// Its name.
    public let name: String
    /// The programs that it runs.
    public let programs: LabPrograms
    /// Is told what was done, a line each.
    let report: @Sendable (String) -> Void

    /// The lab of that name, whether it is up or not.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - programs: The programs that it runs; by default this very program.
    ///   - report: Is told what was done, a line each.
    public init(
        _ name: String,
        programs: LabPrograms = LabPrograms(trama: LabMachine.program),
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(LabError) {
        try LabOptions.check(name: name)
        self.name = name
        self.programs = programs
        self.report = report
    }

    /// The state of the lab.
    ///
    /// - Throws: Where there is no such lab.
    public func state() throws(LabError) -> LabState {
        guard let state = try LabFolder.state(of: name) else {
            let others = LabFolder.names()
            let names = others.isEmpty ? "there is none" : "there are \(others.joined(separator: ", "))"
            throw LabError("there is no lab \(name) (\(names)): `trama lab up --name \(name)` makes it")
        }
        return state
    }

    /// The state of the lab, which is up and stands still.
    func presentState() throws(LabError) -> LabState {
        let state = try state()
        guard state.bootID == LabMachine.bootID else {
            throw LabError("lab \(name) was up before the machine started: `trama lab down --name \(name)`, then up")
        }
        guard state.isComplete else {
            throw LabError("lab \(name) did not come up: `trama lab down --name \(name)` takes away what there is")
        }
        return state
    }

    /// Takes the lab away, or what is left of it.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    public func down() async throws -> Bool {
        let folder = try LabFolder(name)
        guard let state = try folder.state() else {
            // What was begun and not written was not made either.
            folder.remove()
            return false
        }
        try await LabRemover(state: state).removeAll()
        folder.remove()
        return true
    }

    /// Parts hosts from each other.
    ///
    /// - Parameters:
    ///   - hosts: Two hosts, or one group.
    ///   - from: The other group; empty where two hosts are named.
    public func partition(_ hosts: [String], from: [String]) async throws {
        let folder = try LabFolder(name)
        var state = try presentState()
        let partition = try Partition(hosts: hosts, from: from, all: state.plan.hosts.map(\.name))
        if !state.partitions.contains(partition) { state.partitions.append(partition) }
        try folder.write(state)
        try await LabNetworkBuilder.open(state.plan).impair(partitions: state.partitions)
    }

    /// Lets all hosts hear each other again.
    ///
    /// - Returns: What was parted.
    @discardableResult
    public func heal() async throws -> [Partition] {
        let folder = try LabFolder(name)
        var state = try presentState()
        let healed = state.partitions
        state.partitions = []
        try await LabNetworkBuilder.open(state.plan).impair(partitions: [])
        try folder.write(state)
        return healed
    }
}
