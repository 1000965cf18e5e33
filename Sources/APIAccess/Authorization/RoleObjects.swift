import JSON
public import KubernetesAPI

/// The kinds that role-based access is made from.
public enum RoleKind: String, Sendable, Hashable, CaseIterable {
    /// Rules for one namespace.
    case role = "Role"
    /// Rules for all namespaces, kinds without one, and paths.
    case clusterRole = "ClusterRole"
    /// Gives a role to somebody in one namespace.
    case roleBinding = "RoleBinding"
    /// Gives a role to somebody everywhere.
    case clusterRoleBinding = "ClusterRoleBinding"

    /// As the API server serves it.
    public var resource: ResourceType {
        ResourceType(
            group: "rbac.authorization.k8s.io",
            version: "v1",
            kind: rawValue,
            plural: rawValue.lowercased() + "s",
            namespaced: self == .role || self == .roleBinding
        )
    }
}

/// Which role a binding gives.
struct RoleReference: Sendable, Hashable {
    /// Nil for a ClusterRole.
    var namespace: String?
    var name: String
}

/// Whom a binding gives a role to.
enum RoleSubject: Sendable, Hashable {
    case user(String)
    case group(String)

    /// A subject of a binding; nil for kinds that there are not.
    ///
    /// - Parameter namespace: The binding's, which a ServiceAccount has that names none.
    init?(_ value: JSONValue, namespace: String?) {
        guard let name = value["name"]?.string, !name.isEmpty else { return nil }
        switch value["kind"]?.string {
        case "User": self = .user(name)
        case "Group": self = .group(name)
        case "ServiceAccount":
            guard let namespace = value["namespace"]?.string ?? namespace else { return nil }
            self = .user(ServiceAccountName(namespace: namespace, name: name).user)
        default: return nil
        }
    }
}

/// A service account's names.
public struct ServiceAccountName: Sendable, Hashable {
    /// Its namespace.
    public var namespace: String
    /// Its name.
    public var name: String

    /// A service account's names.
    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// The account that a user name means; nil where it means none.
    public init?(user: String) {
        let parts = user.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "system", parts[1] == "serviceaccount", !parts[2].isEmpty,
            !parts[3].isEmpty
        else { return nil }
        self.init(namespace: String(parts[2]), name: String(parts[3]))
    }

    /// The name as a user: `system:serviceaccount:default:builder`.
    public var user: String { "system:serviceaccount:\(namespace):\(name)" }

    /// The groups that it is in, as an authenticated user.
    public var groups: [String] {
        ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated"]
    }
}
