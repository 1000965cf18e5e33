import JSON
import LabNetwork

/// What the nodes of a lab have on the disk of their pods.
///
/// The layout is that of `PodRuntime`: `STATE/node/pods/UID` with `pod.json`, `sandbox.json`, and
/// `containers/NAME/ATTEMPT.run`.
struct LabPods {
    let plan: LabPlan

    private static let fileLimit = 4 << 20

    /// The folders of pods of a node.
    private func folders(of host: HostPlan) -> [String] {
        let pods = "\(plan.folder(of: host))/state/node/pods"
        return HostFiles.names(in: pods).sorted().map { "\(pods)/\($0)" }
    }

    /// The names of the network namespaces of a node's pods.
    func namespaces(of host: HostPlan) -> [String] {
        folders(of: host).compactMap { folder in
            guard let path = Self.json("\(folder)/sandbox.json")?["networkNamespace"]?.string,
                path.hasPrefix("\(NamespaceDirectory.path)/")
            else { return nil }
            return String(path.dropFirst(NamespaceDirectory.path.count + 1))
        }
    }

    /// The first process of a pod that has one, in the order of its containers' names.
    func process(namespace: String, name: String) throws(LabError) -> LabProcess {
        for host in plan.nodeHosts {
            for folder in folders(of: host) {
                let metadata = Self.json("\(folder)/pod.json")?["metadata"]
                guard metadata?["name"]?.string == name, metadata?["namespace"]?.string == namespace else { continue }
                if let process = Self.process(in: folder) { return process }
                throw LabError("pod \(namespace)/\(name) on \(host.name) has no running container")
            }
        }
        throw LabError("no pod \(namespace)/\(name) on the lab's nodes: see `kubectl get pods -A -o wide`")
    }

    private static func process(in folder: String) -> LabProcess? {
        for container in HostFiles.names(in: "\(folder)/containers").sorted() {
            let path = "\(folder)/containers/\(container)"
            for file in HostFiles.names(in: path) where file.hasSuffix(".run") {
                let initial = json("\(path)/\(file)")?["initial"]
                guard let id = initial?["pid"]?.integer.flatMap(Int32.init(exactly:)),
                    let startTime = initial?["start"]?.integer.flatMap(UInt64.init(exactly:))
                else { continue }
                let process = LabProcess(id: id, startTime: startTime)
                if process.isAlive { return process }
            }
        }
        return nil
    }

    private static func json(_ path: String) -> JSONValue? {
        HostFiles.bytes(of: path, limit: fileLimit).flatMap { try? JSONValue(json: $0) }
    }
}
