import Glibc
import LabNetwork
public import Netlink

extension Lab {
    /// Becomes a command on a host, or in a pod.
    ///
    /// - Parameters:
    ///   - command: The program and its arguments.
    ///   - place: A host, `underlay`, or `pod/NAMESPACE/NAME`.
    /// - Returns: Only where the command cannot be started, with the reason.
    public func become(_ command: [String], at place: String) throws -> NetlinkError {
        let state = try presentState()
        let plan = state.plan
        unsafe setenv("KUBECONFIG", plan.kubeconfig, 1)
        if place == "underlay" { return try LabHost.open(name: plan.underlayNamespace).become(command) }
        let parts = place.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 3, parts[0] == "pod" {
            let process = try LabPods(plan: plan).process(namespace: parts[1], name: parts[2])
            // All its namespaces, of which entering the process's own takes a program that has one thread.
            return try LabHost.current(name: "outside").become(
                ["nsenter", "--target", "\(process.id)", "--mount", "--uts", "--ipc", "--net", "--pid", "--"] + command
            )
        }
        guard let host = plan.hosts.first(where: { $0.name == place || $0.namespace == place }) else {
            let names = plan.hosts.map(\.name).joined(separator: ", ")
            throw LabError("no host \(place): there are \(names), underlay, and pod/NAMESPACE/NAME")
        }
        guard let namespace = host.namespace else { return try LabHost.current(name: "outside").become(command) }
        return try LabHost.open(name: namespace).become(command)
    }
}
