/// Takes containers off the network; needs no daemon, only the store and the kernel.
public struct AttachmentRemoval: Sendable {
    private let store: AddressStore
    private let plumbing: PodPlumbing

    /// Removal by these.
    public init(store: AddressStore, plumbing: PodPlumbing) {
        self.store = store
        self.plumbing = plumbing
    }

    /// Removes one attachment from the kernel, then from the store; done also where there is none.
    ///
    /// - Returns: What it was; nil where there was none.
    @discardableResult
    public func remove(_ key: AttachmentKey) async throws(AttachmentError) -> PodAttachment? {
        try await plumbing.remove(key)
        // Most of what is not there is asked for again by a runtime that is not sure: no lock for that.
        guard try store.read().attachments[key] != nil else { return nil }
        let released = try store.update { table in table.release(key, now: Machine.now()) }
        // The daemon may have made the interface after we looked, for a request that its runtime gave up on.
        try await plumbing.remove(key)
        return released
    }

    /// Removes all attachments of a configuration but those that are valid; goes on after failures.
    ///
    /// - Parameters:
    ///   - configuration: The network configuration's name; others' attachments stay.
    ///   - valid: What stays.
    /// - Returns: What was removed, and why others were not.
    public func removeAll(
        of configuration: String,
        except valid: Set<AttachmentKey>
    ) async throws(AttachmentError) -> (removed: [PodAttachment], failures: [AttachmentError]) {
        var removed: [PodAttachment] = []
        var failures: [AttachmentError] = []
        for key in try store.read().attachments.keys.sorted()
        where key.configuration == configuration && !valid.contains(key) {
            do {
                if let attachment = try await remove(key) { removed.append(attachment) }
            } catch {
                failures.append(error)
            }
        }
        return (removed, failures)
    }
}
