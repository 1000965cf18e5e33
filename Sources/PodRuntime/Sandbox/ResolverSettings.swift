import JSON
import PodLauncher

/// A pod's `/etc/resolv.conf` (upstream's `pkg/kubelet/network/dns`).
struct ResolverSettings: Sendable, Hashable {
    var servers: [String] = []
    var search: [String] = []
    var options: [String] = []

    /// Upstream's bounds.
    private static let (serverLimit, searchLimit, searchCharacters) = (3, 32, 2048)

    /// Reads a file in the resolver's format.
    init(text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            switch words.first {
            case "nameserver": servers += words.dropFirst().prefix(1)
            case "search": search = Array(words.dropFirst())
            case "options": options = Array(words.dropFirst())
            default: break
            }
        }
    }

    init() {}

    /// What a pod gets.
    ///
    /// - Parameters:
    ///   - clusterDNS: Empty where the cluster has none: then the host's settings are taken, as upstream does.
    ///   - host: The host's own.
    init(of pod: PodSpecification, clusterDNS: [String], clusterDomain: String, host: ResolverSettings) {
        let spec = pod.object["spec"]
        let policy = spec?["dnsPolicy"]?.string ?? "ClusterFirst"
        // On the host's network only by request.
        let isCluster = policy == "ClusterFirstWithHostNet" || (policy == "ClusterFirst" && !pod.usesHostNetwork)
        if policy == "None" {
            self.init()
        } else if isCluster, !clusterDNS.isEmpty {
            self.init()
            servers = clusterDNS
            if !clusterDomain.isEmpty {
                search = ["\(pod.namespace).svc.\(clusterDomain)", "svc.\(clusterDomain)", clusterDomain]
            }
            search += host.search
            options = ["ndots:5"]
        } else {
            self = host
        }
        guard let more = spec?["dnsConfig"] else { return }
        servers = Self.joined(servers, more["nameservers"]?.array?.compactMap(\.string) ?? [])
        search = Self.joined(search, more["searches"]?.array?.compactMap(\.string) ?? [])
        for option in more["options"]?.array ?? [] {
            guard let name = option["name"]?.string, !name.isEmpty else { continue }
            options.removeAll { $0 == name || $0.hasPrefix("\(name):") }
            let value = option["value"]?.string ?? ""
            options.append(value.isEmpty ? name : "\(name):\(value)")
        }
    }

    private static func joined(_ first: [String], _ second: [String]) -> [String] {
        first + second.filter { !first.contains($0) }
    }

    /// The file.
    var text: String {
        var text = ""
        var room = Self.searchCharacters
        let search = search.prefix(Self.searchLimit).prefix { name in
            room -= name.utf8.count + 1
            return room >= 0
        }
        if !search.isEmpty { text += "search \(search.joined(separator: " "))\n" }
        for server in servers.prefix(Self.serverLimit) { text += "nameserver \(server)\n" }
        if !options.isEmpty { text += "options \(options.joined(separator: " "))\n" }
        return text
    }
}
