import Addressing
import JSON
public import KubernetesAPI
public import KubernetesClient

/// Gives each Node its part of the cluster's ranges of pod addresses: none to two nodes.
///
/// All nodes are one key, so that no two requests that give prefixes are ever under way at once. Nodes are served in
/// the order in which they came: where it is not known whether a request was heeded, the next try asks the same again,
/// and is refused where it was. Source: `k8s.io/kubernetes/pkg/controller/nodeipam/ipam`.
public struct NodeCIDRController: Controller {
    private static let all = ObjectName(namespace: nil, name: "")

    /// The name in logs.
    public let name = "node-ipam-controller"
    private let ranges: [ClusterCIDR]

    /// The controller.
    ///
    /// - Parameter ranges: One of a family, the first family first (`--cluster-cidr`). More of a family are ignored.
    public init(ranges: [ClusterCIDR]) {
        var families: Set<IPFamily> = []
        self.ranges = ranges.filter { families.insert($0.range.family).inserted }
    }

    /// All nodes, where one has no prefix yet, or one gave up or changed its own.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        guard case .node(let change) = change, !ranges.isEmpty else { return [] }
        let new = change.new.map { Self.prefixTexts(of: $0.value) }
        let isNews = new == [] || new != change.old.map { Self.prefixTexts(of: $0.value) }
        return isNews ? [Self.all] : []
    }

    /// What to give to whom.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        guard key == Self.all, !ranges.isEmpty else { return Reconciliation() }
        var wanted = Reconciliation()
        var occupied = ranges.map { Array(repeating: false, count: $0.count) }
        let nodes = state.nodes.objects.values.sorted { Self.order($0) < Self.order($1) }
        for node in nodes {
            if let problem = occupy(Self.prefixTexts(of: node.value), &occupied) {
                wanted.events.append(Self.event(node, isWarning: true, "InvalidPodCIDR", problem))
            }
        }
        var starts = ranges.map { _ in 0 }
        for node in nodes where node.metadata.deletionTimestamp == nil {
            guard Self.prefixTexts(of: node.value).isEmpty else { continue }
            var prefixes: [String] = []
            for index in ranges.indices {
                guard let free = occupied[index][starts[index]...].firstIndex(of: false),
                    let prefix = ranges[index].prefix(at: free)
                else { break }
                starts[index] = free
                prefixes.append("\(prefix)")
            }
            guard prefixes.count == ranges.count else {
                let text = "Node \(node.metadata.name) status is now: CIDRNotAvailable"
                wanted.events.append(Self.event(node, isWarning: false, "CIDRNotAvailable", text))
                continue
            }
            for index in ranges.indices { occupied[index][starts[index]] = true }
            var value = node.value
            value[path: "spec", "podCIDR"] = .string(prefixes[0])
            value[path: "spec", "podCIDRs"] = .strings(prefixes)
            let name = node.metadata.name
            wanted.writes.append(ClusterWrite(NodeKind.resource, namespace: nil, name: name, .replace(value)))
        }
        return wanted
    }

    /// Marks a Node's prefixes as given away.
    ///
    /// - Returns: What is wrong with them; nil for nothing.
    private func occupy(_ texts: [String], _ occupied: inout [[Bool]]) -> String? {
        var problem: String?
        for text in texts {
            guard let prefix = IPPrefix(text) else {
                problem = "spec.podCIDRs: \"\(text)\" is no address range; delete the Node and let it register again"
                continue
            }
            guard let index = ranges.firstIndex(where: { $0.range.family == prefix.family }) else { continue }
            guard let numbers = ranges[index].indices(of: prefix) else {
                problem =
                    "spec.podCIDRs: \(prefix) lies outside the cluster's range \(ranges[index].range); delete the Node and let it register again, or change the range"
                continue
            }
            if numbers.contains(where: { occupied[index][$0] }) {
                problem =
                    "spec.podCIDRs: \(prefix) overlaps the range of another Node; delete one of the Nodes and let it register again"
            }
            for number in numbers { occupied[index][number] = true }
        }
        return problem
    }

    private static func prefixTexts(of node: JSONValue) -> [String] {
        let all = (node[path: "spec", "podCIDRs"]?.array ?? []).compactMap(\.string)
        guard all.isEmpty else { return all }
        return [node[path: "spec", "podCIDR"]?.string].compactMap(\.self).filter { !$0.isEmpty }
    }

    private static func order(_ node: Resource<NodeKind>) -> (UInt64, String) {
        (UInt64(node.metadata.resourceVersion) ?? 0, node.metadata.name)
    }

    private static func event(
        _ node: Resource<NodeKind>,
        isWarning: Bool,
        _ reason: String,
        _ message: String
    ) -> ClusterEvent {
        ClusterEvent(
            NodeKind.resource,
            ObjectName(node.metadata),
            uid: node.metadata.uid,
            isWarning: isWarning,
            reason: reason,
            message: message
        )
    }
}
