/// What the reconciler has done since it was made; for metrics and status.
public struct OverlayCounters: Sendable, Hashable {
    /// Objects that were put right because somebody else had changed them, by what was wrong.
    public var repairs: [RepairCause: UInt64]
    /// Changes sent to the kernel, repairs among them.
    public var changes: UInt64 = 0
    /// Changes that the kernel refused; each is tried again after a pause.
    public var refusals: UInt64 = 0
    /// Times that everything was read and compared.
    public var comparisons: UInt64 = 0
    /// Times that the kernel had dropped notifications because they came too fast.
    public var overruns: UInt64 = 0

    /// Nothing done yet; every cause is there, at 0.
    public init() {
        repairs = Dictionary(uniqueKeysWithValues: RepairCause.allCases.map { ($0, 0) })
    }
}

/// What was wrong with an object that nobody but us should have changed.
public enum RepairCause: String, Sendable, Hashable, CaseIterable {
    /// One of our devices was gone.
    case linkMissing = "link-missing"
    /// One of our devices, or a pod's place in its bridge, was set otherwise.
    case linkChanged = "link-changed"
    /// A device that looks like ours, of a network that this host has not joined.
    case linkExtra = "link-extra"
    /// An address of our device was gone.
    case addressMissing = "address-missing"
    /// An address on our device that is not ours.
    case addressExtra = "address-extra"
    /// A route of ours was gone.
    case routeMissing = "route-missing"
    /// A route of ours led elsewhere.
    case routeChanged = "route-changed"
    /// A route with our mark that we did not put there, or not any more.
    case routeExtra = "route-extra"
    /// A neighbour on our device was gone.
    case neighbourMissing = "neighbour-missing"
    /// A neighbour on our device had another link-layer address.
    case neighbourChanged = "neighbour-changed"
    /// A neighbour on our device that is not ours.
    case neighbourExtra = "neighbour-extra"
    /// A forwarding entry of our device was gone.
    case forwardingMissing = "forwarding-missing"
    /// A forwarding entry of our device led elsewhere.
    case forwardingChanged = "forwarding-changed"
    /// A forwarding entry on our device that is not ours.
    case forwardingExtra = "forwarding-extra"
    /// Our nftables table was gone.
    case tableMissing = "table-missing"
    /// Our nftables table was not as we had made it.
    case tableChanged = "table-changed"
    /// A setting under `/proc/sys` was another.
    case sysctlChanged = "sysctl-changed"
}

/// Packets that our nftables table dropped since the reconciler was made, by why.
public struct OverlayDrops: Sendable, Hashable {
    /// VXLAN from addresses that are no peer's.
    public var unknownTunnelSource: UInt64 = 0
    /// Packets of pods with a source address that is not the pod's.
    public var spoofedSource: UInt64 = 0
    /// Packets of pods that would have gone into a tunnel as if they were this host's.
    public var injection: UInt64 = 0
    /// Packets between a bridged network and anything else.
    public var isolation: UInt64 = 0
    /// Packets that would have left in plain text although encryption is required.
    public var plaintext: UInt64 = 0

    /// None.
    public init() {}

    /// All counts by a short name: `stranger`, `spoofed-source`, `injection`, `isolation` and `plaintext`.
    public var byReason: [String: UInt64] {
        [
            "stranger": unknownTunnelSource, "spoofed-source": spoofedSource, "injection": injection,
            "isolation": isolation, "plaintext": plaintext,
        ]
    }
}
