import LabNetwork

/// A file that was understood: what is to be built, and which flows are to be made.
struct PreparedTest: Sendable {
    let file: TestFile
    let plan: NetworkPlan
    let objects: ClusterObjects
    let flows: [FlowCase]

    /// Reads a file with the manifests that it names.
    ///
    /// - Parameter filter: Only flows in whose title, name or file this stands; nil for all.
    init(path: String, filter: String?) throws(TestFileErrors) {
        guard let text = RunFolder.read(path, limit: TestFile.Limit.fileSize) else {
            throw TestFileErrors([
                TestFileError(
                    file: path,
                    reason:
                        "cannot be read, or is larger than \(TestFile.Limit.fileSize >> 20) MiB; name a file of YAML"
                )
            ])
        }
        file = try TestFile(path: path, text: text)
        plan = NetworkPlan(file)
        objects = try ClusterObjects(ManifestSources.read(file) { RunFolder.read($0) }, plan)
        let all = try FlowCases.resolve(file, plan, objects.services)
        guard let filter, !path.contains(filter) else {
            flows = all
            return
        }
        flows = all.filter { $0.title.contains(filter) || $0.name.contains(filter) }
    }
}
