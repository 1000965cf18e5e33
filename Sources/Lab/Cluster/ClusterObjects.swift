import Addressing
public import JSON
public import KubernetesAPI

/// The objects that a lab puts into its cluster: what cluster DNS may read, and how pods find it.
public enum ClusterObjects {
    /// An object, where it goes.
    public struct Item: Sendable, Hashable {
        /// Its kind.
        public var resource: ResourceType
        /// Its namespace; nil for kinds that have none.
        public var namespace: String?
        /// Its name.
        public var name: String
        /// It.
        public var object: JSONValue
    }

    /// The user that cluster DNS is.
    public static let dnsUser = "system:coredns"

    /// Cluster DNS: its role, the Service `kube-system/kube-dns` at the tenth address of each range of ClusterIPs, and
    /// the EndpointSlices of a program that is no pod.
    public static func dns(_ plan: LabPlan) -> [Item] {
        [role, binding, service(plan.options)] + plan.controlPlane.addresses.map { slice($0.address) }
    }

    private static func resource(
        _ group: String,
        _ kind: String,
        _ plural: String,
        namespaced: Bool = false
    ) -> ResourceType {
        ResourceType(group: group, version: "v1", kind: kind, plural: plural, namespaced: namespaced)
    }

    private static let access = "rbac.authorization.k8s.io"

    private static var role: Item {
        let watched: [JSONValue] = ["list", "watch"]
        let object: JSONValue = [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": ["name": .string(dnsUser)],
            "rules": [
                [
                    "apiGroups": [""], "resources": ["endpoints", "services", "pods", "namespaces", "nodes"],
                    "verbs": .array(watched),
                ],
                ["apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": .array(watched)],
            ],
        ]
        return Item(resource: resource(access, "ClusterRole", "clusterroles"), name: dnsUser, object: object)
    }

    private static var binding: Item {
        let object: JSONValue = [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": ["name": .string(dnsUser)],
            "roleRef": ["apiGroup": .string(access), "kind": "ClusterRole", "name": .string(dnsUser)],
            "subjects": [["apiGroup": .string(access), "kind": "User", "name": .string(dnsUser)]],
        ]
        return Item(
            resource: resource(access, "ClusterRoleBinding", "clusterrolebindings"),
            name: dnsUser,
            object: object
        )
    }

    private static var ports: [JSONValue] {
        [
            ["name": "dns", "port": 53, "protocol": "UDP"], ["name": "dns-tcp", "port": 53, "protocol": "TCP"],
        ]
    }

    private static func service(_ options: LabOptions) -> Item {
        let addresses = options.dnsAddresses
        let object: JSONValue = [
            "apiVersion": "v1", "kind": "Service",
            "metadata": [
                "name": "kube-dns", "namespace": "kube-system", "labels": ["k8s-app": "kube-dns"],
            ],
            "spec": [
                "clusterIP": addresses.first.map { .string("\($0)") } ?? nil,
                "clusterIPs": .strings(addresses.map { "\($0)" }),
                "ipFamilies": .strings(addresses.map { $0.family == .ipv4 ? "IPv4" : "IPv6" }),
                "ipFamilyPolicy": addresses.count > 1 ? "RequireDualStack" : "SingleStack", "ports": .array(ports),
            ],
        ]
        return Item(
            resource: resource("", "Service", "services", namespaced: true),
            namespace: "kube-system",
            name: "kube-dns",
            object: object
        )
    }

    private static func slice(_ address: IPAddress) -> Item {
        let family = address.family == .ipv4 ? "IPv4" : "IPv6"
        let name = "kube-dns-\(family.lowercased())"
        let object: JSONValue = [
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": .string(family),
            "metadata": [
                "name": .string(name), "namespace": "kube-system",
                "labels": [
                    "kubernetes.io/service-name": "kube-dns", "endpointslice.kubernetes.io/managed-by": "trama-lab",
                ],
            ],
            "endpoints": [["addresses": .strings(["\(address)"]), "conditions": ["ready": true]]],
            "ports": .array(ports),
        ]
        return Item(
            resource: resource("discovery.k8s.io", "EndpointSlice", "endpointslices", namespaced: true),
            namespace: "kube-system",
            name: name,
            object: object
        )
    }
}
