/// A key with what the store holds under it.
public struct StoredValue: Sendable, Hashable {
    /// The key, such as `/registry/services/specs/default/web`.
    public var key: String
    /// The bytes under the key.
    public var value: [UInt8]
    /// When the key last came to be.
    public var createRevision: Revision
    /// When the key was last written.
    public var modRevision: Revision

    /// A value from its parts.
    public init(key: String, value: [UInt8], createRevision: Revision, modRevision: Revision) {
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.modRevision = modRevision
    }
}
