import Addressing
import OverlayCore

extension OverlayConfiguration {
    /// What the mesh and its addresses are to be told.
    func meshNode() -> MeshNodeConfiguration {
        let bootstrap: IPAMConfiguration.Bootstrap =
            switch bootstrap {
            case .seeds(let names): .seeds(names)
            case .initialPeers(let count): .consensus(count)
            }
        let shared = ranges.compactMap { range in
            IPAMRange(prefix: range, blockLength: blockLengths[range.family] ?? range.family.bitCount)
        }
        return MeshNodeConfiguration(
            mesh: MeshConfiguration(cluster: cluster, ranges: ranges),
            addresses: IPAMConfiguration(cluster: cluster, ranges: shared, bootstrap: bootstrap)
        )
    }

    /// The blocks that addresses of pods are in, each once; of those that are in no range, none.
    func blocks(of addresses: some Sequence<IPAddress>) -> [IPPrefix] {
        var blocks: Set<IPPrefix> = []
        for address in addresses where ranges.contains(where: { $0.contains(address) }) {
            if let length = blockLengths[address.family], let block = IPPrefix(address, length: length) {
                blocks.insert(block)
            }
        }
        return blocks.sorted()
    }
}
