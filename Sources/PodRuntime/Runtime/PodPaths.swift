/// Where a pod's files are.
struct PodPaths: Sendable, Hashable {
    /// `STATE/pods/UID`.
    let folder: String
    /// `LOGS/NAMESPACE_NAME_UID`.
    let logFolder: String

    init(_ configuration: PodRuntimeConfiguration, namespace: String, name: String, uid: String) {
        folder = "\(configuration.stateFolder)/pods/\(uid)"
        logFolder = "\(configuration.logFolder)/\(namespace)_\(name)_\(uid)"
    }

    /// The object as it was last applied.
    var pod: String { "\(folder)/pod.json" }
    var sandbox: String { "\(folder)/sandbox.json" }
    var resolver: String { "\(folder)/resolv.conf" }
    var hosts: String { "\(folder)/hosts" }
    var hostName: String { "\(folder)/hostname" }
    func volume(_ name: String) -> String { "\(folder)/volumes/\(name)" }
    func container(_ name: String) -> String { "\(folder)/containers/\(name)" }
    /// What the launcher is told of a run.
    func specification(_ name: String, _ attempt: Int) -> String { "\(container(name))/\(attempt).json" }
    func run(_ name: String, _ attempt: Int) -> String { "\(container(name))/\(attempt).run" }
    func exit(_ name: String, _ attempt: Int) -> String { "\(container(name))/\(attempt).exit" }
    /// What it may say of its end.
    func message(_ name: String, _ attempt: Int) -> String { "\(container(name))/\(attempt).message" }
    /// The mount point of its root.
    func root(_ name: String) -> String { "\(container(name))/root" }
    func log(_ name: String, _ attempt: Int) -> String { "\(logFolder)/\(name)/\(attempt).log" }
}
