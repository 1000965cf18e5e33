import Addressing

/// What a lab is made of, as it follows from its options and its nodes' numbers.
public struct LabPlan: Sendable, Hashable {
    /// What was asked for; its subnets are complete.
    public let options: LabOptions
    /// The numbers of its nodes, in order.
    public let nodes: [Int]
    /// Where its files are.
    public let folder: String

    /// A lab's folder.
    public static func folder(of name: String) -> String { "\(root)/\(name)" }
    /// The folder of all labs.
    public static let root = "/run/trama/lab"

    /// The plan of a lab.
    ///
    /// - Parameters:
    ///   - options: What is wanted, with a subnet for each family.
    ///   - nodes: The nodes' numbers, from 1.
    public init(_ options: LabOptions, nodes: [Int]) {
        self.options = options
        self.nodes = nodes
        folder = Self.folder(of: options.name)
    }

    /// The namespace between the hosts: a bridge, or a router.
    public var underlayNamespace: String { "\(options.name)-underlay" }

    /// The namespaces, that of the underlay first.
    public var namespaces: [String] { [underlayNamespace] + hosts.compactMap(\.namespace) }

    /// The machine's link to the underlay.
    public var outsideLink: String { "lab-\(options.name)" }

    /// The control plane's host.
    public var controlPlane: HostPlan { host(.controlPlane) }
    /// The machine itself.
    public var outside: HostPlan { host(.outside) }
    /// The nodes' hosts.
    public var nodeHosts: [HostPlan] { nodes.map { host(.node($0)) } }
    /// All hosts: the control plane's, the nodes', the machine itself.
    public var hosts: [HostPlan] { [controlPlane] + nodeHosts + [outside] }

    /// A host of a lab.
    public func host(_ role: HostPlan.Role) -> HostPlan {
        let (name, number, slice) =
            switch role {
            case .outside: ("outside", 1, 0)
            case .controlPlane: ("cp", 2, 1)
            case .node(let node): ("node-\(node)", 10 + node, 1 + node)
            }
        return HostPlan(
            role: role,
            name: name,
            namespace: role == .outside ? nil : "\(options.name)-\(name)",
            link: role == .outside ? outsideLink : "eth0",
            addresses: options.subnets.compactMap { subnet in
                options.isRouted ? Self.routed(slice, in: subnet) : Self.bridged(number, in: subnet)
            }
        )
    }

    private static func bridged(_ number: Int, in subnet: IPPrefix) -> HostPlan.Address? {
        guard let address = LabSubnet.address(number, in: subnet), let gateway = LabSubnet.address(1, in: subnet) else {
            return nil
        }
        return HostPlan.Address(address: address, length: subnet.length, gateway: gateway)
    }

    /// Each host has a /29, or a /112 of IPv6, of which the router has the first address and the host the second.
    private static func routed(_ slice: Int, in subnet: IPPrefix) -> HostPlan.Address? {
        let (width, length) = subnet.family == .ipv4 ? (8, 29) : (65_536, 112)
        guard let router = LabSubnet.address(slice * width + 1, in: subnet),
            let address = LabSubnet.address(slice * width + 2, in: subnet)
        else { return nil }
        return HostPlan.Address(address: address, length: length, gateway: router)
    }

    /// Where a kubeconfig of the administrator is.
    public var kubeconfig: String { "\(folder)/kubeconfig" }
    /// The control plane's folder.
    public var controlPlaneFolder: String { "\(folder)/control-plane" }
    /// Where the programs' logs are.
    public var logs: String { "\(folder)/logs" }
    /// The folder of a node's files.
    public func folder(of host: HostPlan) -> String { "\(folder)/hosts/\(host.name)" }
    /// The control group of all the lab's processes, below the mount of control groups.
    public var controlGroup: String { "trama-lab-\(options.name)" }
    /// The WireGuard device of a node. Its userspace program keeps a socket of that name for the whole machine.
    public func wireGuardDevice(_ node: Int) -> String { "w\(node)-\(options.name)" }
    /// Where the API server is, as the hosts and the machine reach it.
    public var server: String {
        guard let address = controlPlane.addresses.first?.address else { return "https://localhost:6443" }
        return address.family == .ipv4 ? "https://\(address):6443" : "https://[\(address)]:6443"
    }
}
