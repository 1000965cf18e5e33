/// Where Services, EndpointSlices, ServiceCIDRs and the own Node come from.
public protocol ObjectSource: Sendable {
    /// Puts every change into the queue, and says with which of them all objects are in.
    ///
    /// Runs until its task is cancelled; trouble that may pass is logged and waited out.
    ///
    /// - Throws: Where the source can never work.
    func run(into queue: ObjectChangeQueue) async throws
}
