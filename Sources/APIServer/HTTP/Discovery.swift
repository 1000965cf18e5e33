import APIRegistry
import JSON
import KubernetesAPI

/// What the server tells clients of its groups, versions and kinds. Made once.
struct Discovery: Sendable {
    /// Groups in their order, the core group first.
    private let groups: [Group]
    /// The address that `/api` tells.
    let serverAddress: String

    private struct Group: Sendable {
        var name: String
        var versions: [Version]
    }

    private struct Version: Sendable {
        var name: String
        var resources: [DiscoveredResource]
    }

    init(_ registry: KindRegistry, virtual: [DiscoveredResource] = [], serverAddress: String) {
        var groups: [Group] = []
        for resource in registry.kinds.map(DiscoveredResource.init) + virtual {
            if !groups.contains(where: { $0.name == resource.group }) {
                groups.append(Group(name: resource.group, versions: []))
            }
            guard let group = groups.firstIndex(where: { $0.name == resource.group }) else { continue }
            if !groups[group].versions.contains(where: { $0.name == resource.version }) {
                groups[group].versions.append(Version(name: resource.version, resources: []))
            }
            guard let version = groups[group].versions.firstIndex(where: { $0.name == resource.version }) else {
                continue
            }
            groups[group].versions[version].resources.append(resource)
        }
        for group in groups.indices {
            for version in groups[group].versions.indices {
                groups[group].versions[version].resources.sort { $0.plural < $1.plural }
            }
        }
        self.groups = groups
        self.serverAddress = serverAddress
    }

    /// All paths that `/` tells.
    var paths: [String] {
        var paths = ["/.well-known/openid-configuration", "/api", "/api/v1", "/apis"]
        for group in groups where !group.name.isEmpty {
            paths.append("/apis/\(group.name)")
            paths += group.versions.map { "/apis/\(group.name)/\($0.name)" }
        }
        return paths + [
            "/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/openid/v1/jwks", "/readyz", "/version",
        ]
    }

    /// The answer to `/api`, `/api/v1`, `/apis`, `/apis/GROUP`, `/apis/GROUP/VERSION`; nil for what there is not.
    func plain(_ segments: [String]) -> [UInt8]? {
        switch (segments[0], segments.count) {
        case ("api", 1): coreVersions.json
        case ("api", 2): resources(group: "", version: segments[1])?.json
        case ("apis", 1): groupList.json
        case ("apis", 2): groups.first { $0.name == segments[1] && !$0.name.isEmpty }.map { groupObject($0).json }
        case ("apis", 3): resources(group: segments[1], version: segments[2])?.json
        default: nil
        }
    }

    private var coreVersions: JSONValue {
        let versions = groups.first { $0.name.isEmpty }?.versions.map(\.name) ?? []
        return [
            "kind": "APIVersions", "versions": .strings(versions),
            "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": .string(serverAddress)]],
        ]
    }

    private var groupList: JSONValue {
        let named = groups.filter { !$0.name.isEmpty }
        let objects = named.map { group -> JSONValue in
            var object = groupObject(group)
            object["kind"] = nil
            object["apiVersion"] = nil
            return object
        }
        return ["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(objects)]
    }

    private func groupObject(_ group: Group) -> JSONValue {
        let versions = group.versions.map { version -> JSONValue in
            ["groupVersion": .string("\(group.name)/\(version.name)"), "version": .string(version.name)]
        }
        return [
            "kind": "APIGroup", "apiVersion": "v1", "name": .string(group.name), "versions": .array(versions),
            "preferredVersion": versions.first ?? .null,
        ]
    }

    private func resources(group: String, version: String) -> JSONValue? {
        guard let group = groups.first(where: { $0.name == group }) else { return nil }
        guard let version = group.versions.first(where: { $0.name == version }) else { return nil }
        var list: JSONValue = ["kind": "APIResourceList"]
        // As upstream: the list of the core group says no version of its own.
        if !group.name.isEmpty { list["apiVersion"] = "v1" }
        list["groupVersion"] = .string(group.name.isEmpty ? version.name : "\(group.name)/\(version.name)")
        list["resources"] = .array(version.resources.flatMap(\.plain))
        return list
    }

    /// All versions and kinds of the core group, or of all others, at once.
    func aggregated(isCore: Bool) -> [UInt8] {
        let items = groups.filter { $0.name.isEmpty == isCore }.map { group -> JSONValue in
            let metadata: JSONValue = group.name.isEmpty ? [:] : ["name": .string(group.name)]
            let versions = group.versions.map { version -> JSONValue in
                [
                    "version": .string(version.name),
                    "resources": .array(version.resources.map(\.aggregated)),
                    "freshness": "Current",
                ]
            }
            return ["metadata": metadata, "versions": .array(versions)]
        }
        let list: JSONValue = [
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": [:],
            "items": .array(items),
        ]
        return list.json
    }
}
