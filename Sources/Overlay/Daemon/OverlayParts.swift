import Attachment
import ClusterDNS
import OverlayDataplane
import PathProbing
import WireGuard

/// What the daemon is put together from.
struct OverlayParts: Sendable {
    var reconciler: OverlayReconciler
    var prober: Prober
    /// The encrypted path; nil where neither the kernel nor a program has one.
    var tunnel: WireGuardTunnel?
    /// What hands plans to it.
    var feed: TunnelFeed?
    /// What drives the encrypted path, for people.
    var tunnelKind: String?
    /// Why there is none.
    var tunnelProblem: String?
    /// Our WireGuard private key.
    var tunnelSecret: WireGuardSecret
    /// A key that all peers have besides their own.
    var presharedKey: WireGuardSecret?
    var attacher: Attacher
    /// Where the names of containers are served from; nil where they are not.
    var names: HostNames?
    var metrics: OverlayMetrics
}
