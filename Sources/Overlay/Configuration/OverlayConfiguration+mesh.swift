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
}
