/// A ServiceCIDR (`networking.k8s.io/v1`): ranges from which Services get their addresses.
public struct ServiceCIDR: Sendable, Hashable {
    /// Its name.
    public var metadata: ObjectMeta
    /// One range, or one of each family.
    public var cidrs: [String]

    /// Ranges from their parts.
    public init(metadata: ObjectMeta = ObjectMeta(), cidrs: [String] = []) {
        self.metadata = metadata
        self.cidrs = cidrs
    }
}
