import Addressing

/// One flow of a test: who dials what, and what is to become of it.
struct FlowCase: Sendable {
    /// Who dials.
    enum Client: Sendable, Hashable {
        /// Numbers in the plan.
        case pod(Int), node(Int), outside(Int)
    }

    /// What is dialled.
    struct Target: Sendable, Hashable {
        let address: IPAddress
        let port: UInt16
        let transport: TransportProtocol
    }

    /// Where it stands in the file.
    let line: Int
    /// The row's own words; empty for none.
    let name: String
    /// Who dials what, in a line.
    let title: String
    let client: Client
    /// The address that the client's sockets are bound to; nil lets the kernel choose, as on a node.
    let clientAddress: IPAddress?
    /// The node whose rules see the flow first.
    let entry: Int
    let target: Target
    let expect: FlowExpectation
    let source: SourceExpectation?
    let isSticky: Bool
    let connections: Int

    /// How many connections are tried where nobody is to answer.
    static let unansweredConnections = 3

    /// Which sources the pod of that number may see; nil where any will do.
    func sources(at pod: Int, _ plan: NetworkPlan) -> [IPAddress]? {
        let family = target.address.family
        func pick(_ addresses: [IPAddress]) -> [IPAddress] { addresses.filter { $0.family == family } }
        switch source {
        case nil: return nil
        case .address(let address): return [address]
        case .kept:
            if let clientAddress { return [clientAddress] }
            guard let number = client.node(plan) else { return [] }
            // A node has one address for the world, which it uses also for what is translated later, and one for its pods.
            let node = plan.nodes[number]
            let isDirect = plan.pods.contains { $0.addresses.contains(target.address) }
            return pick(isDirect ? node.addresses + node.podGateways : node.addresses)
        case .masqueraded:
            let node = plan.nodes[entry]
            let host = plan.pods[pod]
            return pick(host.node == entry && !host.pod.isOnHostNetwork ? node.podGateways : node.addresses)
        }
    }
}
