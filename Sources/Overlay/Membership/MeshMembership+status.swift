import Addressing
import OverlayCore
import OverlayMesh

extension MeshMembership {
    func describe(into status: inout OverlayStatus) async {
        let node = await transport.node
        let connections = node.mesh.connections
        status.targets = targets.map { target in
            let addresses = resolved[target] ?? []
            guard !addresses.isEmpty else {
                return .init(text: target, state: "failed", reason: "its name has no address")
            }
            // The connection may be one that the peer made: of two, one is kept.
            let own = connections.filter { connection in
                if addresses.contains(connection.remote) { return true }
                guard connection.state == .established, let peer = connection.peer.flatMap(node.mesh.member) else {
                    return false
                }
                return addresses.contains { $0.port == peer.meshPort && peer.endpoints.contains($0.address) }
            }
            let state = own.first { $0.state == .established } ?? own.first
            return .init(text: target, state: state?.state.rawValue ?? "connecting", reason: state?.detail ?? "")
        }
        status.connections = connections.map { connection in
            let name = connection.peer.map { "\($0)(\(connection.name ?? ""))" }
            return .init(
                isOutbound: connection.isOutbound,
                remote: "\(connection.remote)",
                state: connection.state.rawValue,
                info: [name, connection.detail.isEmpty ? nil : connection.detail].compactMap(\.self)
                    .joined(separator: " ")
            )
        }
        describe(node, &status.ipam)
        status.problems += node.addressConflicts
        if let problem = await transport.storeProblem { status.problems.append("\(problem)") }
    }

    private func describe(_ node: MeshNode, _ ipam: inout OverlayStatus.IPAM) {
        let ranges = node.addressStatus.filter { $0.range.id.isEmpty }
        // Families differ at most for a moment; what is not ready is what matters.
        ipam.state = (ranges.first { $0.text != "ready" } ?? ranges.first)?.text ?? "idle"
        ipam.owners = ranges.flatMap { range in
            node.addressOwners(of: range.range).map { owner in
                OverlayStatus.IPAM.Owner(
                    name: "\(owner.id)(\(owner.name)) \(range.range.family)",
                    blocks: Int(clamping: owner.blocks),
                    total: Int(clamping: range.range.blockCount),
                    isReachable: owner.isReachable
                )
            }
        }
    }
}
