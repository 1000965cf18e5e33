import OverlayCore

extension OverlayConfiguration {
    /// What the mesh and its addresses are to be told.
    func meshNode(name: String) -> MeshNodeConfiguration {
        MeshNodeConfiguration(mesh: MeshConfiguration(cluster: cluster, ranges: ranges))
    }
}
