/// What a ``MeshNode`` must be told.
public struct MeshNodeConfiguration: Sendable {
    /// Of the mesh.
    public var mesh: MeshConfiguration
    /// Of the sharing out of addresses; nil where others see to that.
    public var addresses: IPAMConfiguration?

    /// A configuration from its parts.
    public init(mesh: MeshConfiguration, addresses: IPAMConfiguration? = nil) {
        self.mesh = mesh
        self.addresses = addresses
    }
}
