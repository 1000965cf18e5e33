import LabNetwork
import Netlink

/// Finding all processes of a lab, or of one host of it, whoever started them.
struct LabProcesses {
    /// ``LabState/id``.
    var id: String
    /// The one host; nil for all.
    var host: String?
    /// The network namespaces of the hosts.
    var namespaces: Set<UInt64>
    /// The folder that only their files are in.
    var folder: String
    /// The control group of the whole lab.
    var controlGroup: String

    /// How a lab's processes are found, or one host's.
    init(_ state: LabState, host: HostPlan? = nil) {
        let plan = state.plan
        id = state.id
        self.host = host?.name
        let names = if let host { [host.namespace].compactMap(\.self) } else { plan.namespaces }
        namespaces = Set(names.compactMap { try? NetworkNamespace(name: $0).identifier() })
        folder = if let host { plan.folder(of: host) } else { plan.folder }
        controlGroup = if let host { "\(plan.controlGroup)/\(host.name)" } else { plan.controlGroup }
    }

    /// The processes that are there now, in order of number.
    ///
    /// A process is the lab's if it is in a host's network namespace, has the lab's variable from its parent, is in its
    /// control group, or has one of the lab's files mounted in a mount namespace of its own, as containers have.
    func find() -> [LabProcess] {
        let own = OwnMounts(
            namespace: HostFiles.target(of: "/proc/self/ns/mnt"),
            places: places(in: "/proc/self/mountinfo")
        )
        return LabProcess.all { id in
            isInNamespace(id) || isInControlGroup(id) || hasVariable(id) || hasMounts(id, besides: own)
        }
    }

    private func isInNamespace(_ process: Int32) -> Bool {
        guard let target = HostFiles.target(of: "/proc/\(process)/ns/net"), let start = target.firstIndex(of: "[")
        else { return false }
        return UInt64(target[target.index(after: start)...].dropLast()).map(namespaces.contains) ?? false
    }

    private func isInControlGroup(_ process: Int32) -> Bool {
        guard let text = HostFiles.text(of: "/proc/\(process)/cgroup", limit: 65_536) else { return false }
        // `0::/trama-lab-NAME/node-1`, and a node's pods are in `node-1-pods`.
        return text.split(separator: "\n").contains { line in
            guard let path = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).last,
                let found = path.firstRange(of: "/\(controlGroup)")
            else { return false }
            let rest = path[found.upperBound...]
            // Not after the lab's own group: another lab may be called NAME-pods.
            return rest.isEmpty || rest.hasPrefix("/") || host != nil && rest.hasPrefix("-pods")
        }
    }

    private func hasVariable(_ process: Int32) -> Bool {
        guard let bytes = HostFiles.bytes(of: "/proc/\(process)/environ", limit: 1 << 20) else { return false }
        let variables = bytes.split(separator: 0)
        return variables.contains { $0.elementsEqual("\(LabStarter.variable)=\(id)".utf8) }
            && (host == nil || variables.contains { $0.elementsEqual("TRAMA_LAB_HOST=\(host ?? "")".utf8) })
    }

    private func hasMounts(_ process: Int32, besides own: OwnMounts) -> Bool {
        guard let mounts = HostFiles.target(of: "/proc/\(process)/ns/mnt"), mounts != own.namespace else {
            return false
        }
        return places(in: "/proc/\(process)/mountinfo").contains { !own.places.contains($0) }
    }

    /// What of the lab's folder is mounted somewhere, as the paths in the file systems that it is in.
    private func places(in mounts: String) -> Set<String> {
        guard let text = HostFiles.text(of: mounts, limit: 1 << 20) else { return [] }
        // Where the folder's file system is mounted on `/run`, paths in it begin there.
        let place = folder.dropFirst("/run".count)
        // `36 35 98:0 /mnt1 /mnt2 rw,noatime …`: the fourth field is the place in the file system.
        return Set(
            text.split(separator: "\n").compactMap { line in
                let fields = line.split(separator: " ", maxSplits: 4)
                guard fields.count > 4, fields[3].hasPrefix("\(folder)/") || fields[3].hasPrefix("\(place)/") else {
                    return nil
                }
                return String(fields[3])
            }
        )
    }

    /// The mounts of this process: who has no others may be anybody that copied them, such as a service of the machine.
    private struct OwnMounts {
        var namespace: String?
        var places: Set<String>
    }
}
