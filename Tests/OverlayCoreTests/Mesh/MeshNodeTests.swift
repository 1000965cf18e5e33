import Addressing
import OverlayCore
import Testing

/// Nodes that are connected with the first one, with nothing in between.
private struct NodeStar {
    var nodes: [MeshNode] = []
    var outputs: [[MeshNodeOutput]] = []
    var now = Duration.zero
    private var mail: [(node: Int, input: MeshInput)] = []

    init(_ addresses: [IPAMConfiguration]) {
        for (number, addresses) in addresses.enumerated() {
            let record = PeerRecord(
                id: PeerID(high: UInt64(number + 1), low: 0),
                name: "node-\(number)",
                instance: UInt64(number),
                endpoints: [.v4(0x0a00_0001 + UInt32(number))]
            )
            let configuration = MeshNodeConfiguration(mesh: MeshConfiguration(cluster: "test"), addresses: addresses)
            nodes.append(
                MeshNode(configuration: configuration, own: record, stored: [], seed: UInt64(number), now: now)
            )
            outputs.append([])
        }
        for number in nodes.indices.dropFirst() {
            let here = ConnectionID(rawValue: UInt64(number))
            let hub = PeerAddress(address: .v4(0x0a00_0001))
            handle(number, .mesh(.opened(here, isOutbound: true, remote: hub)))
            let leaf = PeerAddress(address: .v4(0x0a00_0001 + UInt32(number)), port: 40_000)
            handle(0, .mesh(.opened(here, isOutbound: false, remote: leaf)))
        }
    }

    mutating func handle(_ node: Int, _ input: MeshNodeInput) {
        for output in nodes[node].handle(input, now: now) {
            outputs[node].append(output)
            guard case .mesh(.send(let id, let message)) = output else { continue }
            mail.append((node == 0 ? Int(id.rawValue) : 0, .received(id, message)))
        }
    }

    mutating func run(for duration: Duration) {
        let end = now + duration
        while now < end {
            now += .milliseconds(10)
            while !mail.isEmpty {
                let (node, input) = mail.removeFirst()
                handle(node, .mesh(input))
            }
            for node in nodes.indices {
                if let deadline = nodes[node].nextDeadline, deadline <= now { handle(node, .mesh(.tick)) }
            }
        }
    }
}

/// The mesh and the sharing out of addresses, together.
@Suite struct MeshNodeTests {
    private func configuration(_ bootstrap: IPAMConfiguration.Bootstrap) throws -> IPAMConfiguration {
        let prefix = try #require(IPPrefix("10.32.0.0/12"))
        let range = try #require(IPAMRange(prefix: prefix, blockLength: 24))
        return IPAMConfiguration(cluster: "test", ranges: [range], bootstrap: bootstrap)
    }

    @Test func `a node that joins is given a block and says so in its record`() throws {
        var star = NodeStar([try configuration(.seeds(["node-0"])), try configuration(.join), try configuration(.join)])
        star.run(for: .seconds(12))
        let blocks = star.nodes.flatMap(\.blocks)
        #expect(blocks.count == 3)
        #expect(Set(blocks).count == 3)
        for node in star.nodes {
            for other in star.nodes { #expect(other.mesh.member(node.mesh.own.id)?.prefixes == node.blocks) }
        }
    }

    @Test func `a block is in our record on disk before it may be used`() throws {
        var star = NodeStar([try configuration(.seeds(["node-0"]))])
        star.run(for: .seconds(4))
        let outputs = star.outputs[0]
        let changed = try #require(
            outputs.firstIndex {
                guard case .blocksChanged(let blocks) = $0 else { return false }
                return !blocks.isEmpty
            }
        )
        let persisted = outputs[..<changed].contains { output in
            guard case .mesh(.persist(let entries)) = output else { return false }
            return entries.contains { $0.peerRecord?.prefixes == star.nodes[0].blocks }
        }
        #expect(persisted)
    }

    @Test func `a restarted node has the blocks that it had`() throws {
        var star = NodeStar([try configuration(.seeds(["node-0"]))])
        star.run(for: .seconds(4))
        let node = star.nodes[0]
        try #require(node.blocks.count == 1)
        var record = node.mesh.own
        record.prefixes = []
        record.instance = 99
        let again = MeshNode(
            configuration: MeshNodeConfiguration(
                mesh: MeshConfiguration(cluster: "test"),
                addresses: try configuration(.seeds(["node-0"]))
            ),
            own: record,
            stored: node.mesh.entries,
            seed: 7,
            now: .zero
        )
        #expect(again.blocks == node.blocks)
        #expect(again.mesh.own.prefixes == node.blocks)
    }

    @Test func `who is removed has no addresses to give`() throws {
        var star = NodeStar([try configuration(.seeds(["node-0"])), try configuration(.join), try configuration(.join)])
        star.run(for: .seconds(12))
        star.handle(0, .removePeer(star.nodes[2].mesh.own.id))
        star.run(for: .seconds(12))
        #expect(star.nodes[2].mesh.isRetired)
        #expect(star.nodes[2].blocks.isEmpty)
        #expect(star.nodes[0].mesh.memberCount == 2)
    }
}
