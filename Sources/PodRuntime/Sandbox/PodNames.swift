import Addressing
import JSON

/// What a pod is called, within it.
struct PodNames: Sendable, Hashable {
    /// The short name.
    var hostName: String
    /// The full name, for pods with a `subdomain`.
    var domainName: String?

    /// As upstream's `GeneratePodHostNameAndDomain`.
    init(of pod: PodSpecification, clusterDomain: String) {
        let spec = pod.object["spec"]
        let wanted = spec?["hostname"]?.string ?? ""
        var name = String((wanted.isEmpty ? pod.name : wanted).prefix(63))
        while name.hasSuffix("-") || name.hasSuffix(".") { name.removeLast() }
        hostName = name
        if let subdomain = spec?["subdomain"]?.string, !subdomain.isEmpty {
            domainName = "\(name).\(subdomain).\(pod.namespace).svc.\(clusterDomain)"
        }
    }

    /// What `uname -n` says.
    func kernelName(of pod: PodSpecification) -> String {
        let isFull = pod.object[path: "spec", "setHostnameAsFQDN"]?.bool ?? false
        guard isFull, let domainName, domainName.utf8.count <= 64 else { return hostName }
        return domainName
    }

    /// `/etc/hosts`.
    func hostsFile(of pod: PodSpecification, addresses: [IPAddress]) -> String {
        var text = """
            # Kubernetes-managed hosts file.
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::0\tip6-localnet
            fe00::0\tip6-mcastprefix
            fe00::1\tip6-allnodes
            fe00::2\tip6-allrouters

            """
        for address in addresses {
            text += "\(address)\t" + (domainName.map { "\($0)\t" } ?? "") + "\(hostName)\n"
        }
        let aliases = pod.object[path: "spec", "hostAliases"]?.array ?? []
        if !aliases.isEmpty { text += "\n# Entries added by HostAliases.\n" }
        for alias in aliases {
            guard let address = alias["ip"]?.string else { continue }
            let names = (alias["hostnames"]?.array ?? []).compactMap(\.string)
            text += "\(address)\t\(names.joined(separator: "\t"))\n"
        }
        return text
    }
}
