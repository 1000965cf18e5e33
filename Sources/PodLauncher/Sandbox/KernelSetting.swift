/// A kernel setting's name, as sysctl(8) takes it: `net.ipv4.ip_forward`, or with slashes, `net/ipv4/conf/eth0.1/forwarding`.
package struct KernelSetting: Sendable, Hashable {
    /// The folders below `/proc/sys`, and the file.
    package let parts: [String]

    /// Whichever of the two separators is first separates; the other one stands for itself.
    package init(_ name: String) {
        let separator = name.first { $0 == "." || $0 == "/" } ?? "."
        parts = name.split(separator: separator, omittingEmptySubsequences: false).map { part in
            // In a name with dots a slash stands for a dot within a part.
            separator == "." ? String(part.map { $0 == "/" ? "." : $0 }) : String(part)
        }
    }

    /// Whether it may be a path below `/proc/sys`.
    package var isPath: Bool { parts.count > 1 && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." } }

    /// The namespace that it is of; nil where it is the whole machine's (upstream's `pkg/kubelet/sysctl`).
    package var namespace: Namespace? {
        guard isPath, let first = parts.first else { return nil }
        let second = parts[1]
        switch first {
        case "net": return .network
        case "kernel" where second.hasPrefix("shm") || second.hasPrefix("msg") || second == "sem": return .processes
        case "fs" where second == "mqueue": return .processes
        default: return nil
        }
    }

    /// What a setting may be of.
    package enum Namespace: Sendable, Hashable {
        case network
        /// Of IPC.
        case processes
    }

    /// With dots.
    package var name: String { parts.map { String($0.map { $0 == "." ? "/" : $0 }) }.joined(separator: ".") }

    /// The file.
    package var path: String { "/proc/sys/\(parts.joined(separator: "/"))" }
}
