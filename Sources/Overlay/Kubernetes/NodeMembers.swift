import Addressing
import KubernetesAPI
import OverlayCore

/// The members that the Nodes of a cluster are.
///
/// A value: fed with what the watch says, asked for what follows.
struct NodeMembers: Sendable, Equatable {
    /// The host's own Node.
    let ownNode: String
    /// By Node name.
    private(set) var records: [String: PeerRecord] = [:]
    /// The own Node's prefixes; nil while the Node is not there.
    private(set) var ownPrefixes: [IPPrefix]?
    /// The annotation that the own Node has now.
    private(set) var ownAnnotation: String?
    /// All Nodes were seen once: who is not there is gone.
    private(set) var isComplete = false

    init(ownNode: String) {
        self.ownNode = ownNode
    }

    /// The other members. Of two Nodes that claim one identity the one that started first has it.
    func others(than own: PeerID) -> [PeerID: PeerRecord] {
        var members: [PeerID: PeerRecord] = [:]
        for (name, record) in records where name != ownNode && record.id != own {
            if let present = members[record.id], (present.started, present.name) <= (record.started, name) { continue }
            members[record.id] = record
        }
        return members
    }

    /// Whether another Node has our identity and had it before us: this host's state is a copy of that host's.
    func isClone(_ own: PeerRecord) -> Bool {
        records.contains { name, record in
            name != ownNode && record.id == own.id && (record.started, name) < (own.started, ownNode)
        }
    }

    /// These are all the Nodes there are, but for those that cannot be read: what is known of them stays.
    ///
    /// - Returns: What is wrong with single Nodes.
    mutating func replace(_ nodes: [Node], unreadable: Int) -> [NodePeerError] {
        let names = Set(nodes.map(\.metadata.name))
        if unreadable == 0 {
            for name in records.keys where !names.contains(name) { records[name] = nil }
            if !names.contains(ownNode) { (ownPrefixes, ownAnnotation) = (nil, nil) }
        }
        let errors = nodes.compactMap { change($0) }
        isComplete = true
        return errors
    }

    /// A Node is new or another.
    ///
    /// - Returns: What is wrong with it; its last good state stays then.
    mutating func change(_ node: Node) -> NodePeerError? {
        let name = node.metadata.name
        if name == ownNode {
            ownAnnotation = node.metadata.annotations[NodePeer.annotation]
            let prefixes = node.podCIDRs.compactMap { IPPrefix($0) }
            guard prefixes.count == node.podCIDRs.count else {
                return NodePeerError(node: name, field: "spec.podCIDRs", reason: "\(node.podCIDRs): must be prefixes")
            }
            ownPrefixes = prefixes
            return nil
        }
        do {
            records[name] = try NodePeer.decode(node)
            return nil
        } catch {
            return error
        }
    }

    /// What the own Node's annotation must become; nil where it is that already, or where there is no such Node.
    func annotation(missingOf own: PeerRecord) -> String? {
        guard isComplete, ownPrefixes != nil else { return nil }
        let wanted = NodePeer.encode(own)
        return wanted == ownAnnotation ? nil : wanted
    }

    /// The API server has taken an annotation of the own Node: what comes of the watch may be older for a moment.
    ///
    /// - Parameter previous: What it was when the request was made; where it is another by now, the watch was faster.
    mutating func accepted(_ annotation: String, over previous: String?) {
        if ownPrefixes != nil, ownAnnotation == previous { ownAnnotation = annotation }
    }

    /// A Node is gone.
    mutating func remove(_ name: String) {
        records[name] = nil
        if name == ownNode { (ownPrefixes, ownAnnotation) = (nil, nil) }
    }

    /// What was known before the process began; what the API server says takes its place.
    mutating func restore(_ records: [String: PeerRecord], ownPrefixes: [IPPrefix]) {
        self.records = records
        self.ownPrefixes = ownPrefixes
    }
}
