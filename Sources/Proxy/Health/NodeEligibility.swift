/// Whether load balancers may send new traffic to a node (KEP-3836).
public enum NodeEligibility {
    /// The taint that the cluster autoscaler puts on a node before it removes it.
    public static let autoscalerTaint = "ToBeDeletedByClusterAutoscaler"

    /// Whether a node of that description is eligible: known, not being deleted, and not about to be removed.
    ///
    /// - Parameters:
    ///   - isKnown: Whether there is a Node object at all.
    ///   - isBeingDeleted: Whether it has a deletion timestamp.
    ///   - taintKeys: The keys of its taints.
    public static func isEligible(isKnown: Bool, isBeingDeleted: Bool, taintKeys: some Sequence<String>) -> Bool {
        isKnown && !isBeingDeleted && !taintKeys.contains(autoscalerTaint)
    }
}
