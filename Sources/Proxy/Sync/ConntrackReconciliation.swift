import Addressing
import ServiceRouting

/// Decides which UDP flows in the connection-tracking table lead to the wrong place after a change.
///
/// UDP clients often keep one socket, so a flow lives as long as they send; without this they would talk to an endpoint that
/// left for ever (upstream: pkg/proxy/conntrack/cleanup.go). TCP and SCTP end by themselves, and established connections to
/// endpoints that are terminating are left alone.
struct ConntrackReconciliation: Sendable, Equatable {
    /// What is known of a changed frontend: where its flows may lead, or that it is gone.
    enum Target: Sendable, Equatable {
        /// Flows must lead to one of these. With none, flows are left: deleting them would make each packet of a client that
        /// does not give up a new flow. A set, because each flow of the table is looked up in it.
        case serving(Set<Backend>)
        /// The frontend is no more: translated flows are stale.
        case gone
    }

    /// The changed UDP frontends.
    private(set) var targets: [Frontend: Target] = [:]

    var isEmpty: Bool { targets.isEmpty }

    /// The families that have to be looked through.
    var families: Set<IPFamily> { Set(targets.keys.map(\.family)) }

    /// Adds what a diff says about UDP frontends; later diffs overrule earlier ones.
    mutating func add(_ diff: RoutingDiff) {
        for change in diff.frontends where change.frontend.protocol == .udp {
            if let new = change.new {
                guard change.old?.serving != new.serving else { continue }
                targets[change.frontend] = .serving(Set(new.serving))
            } else {
                targets[change.frontend] = .gone
            }
        }
    }

    /// Removes and returns what is asked about these families.
    mutating func take(_ families: Set<IPFamily>) -> ConntrackReconciliation {
        var taken = ConntrackReconciliation()
        taken.targets = targets.filter { families.contains($0.key.family) }
        targets = targets.filter { !families.contains($0.key.family) }
        return taken
    }

    /// Adds what a later reconciliation looks for; it overrules this one.
    mutating func merge(_ later: ConntrackReconciliation) {
        targets.merge(later.targets) { $1 }
    }

    /// What concerns one family.
    func restricted(to family: IPFamily) -> ConntrackReconciliation {
        ConntrackReconciliation(targets: targets.filter { $0.key.family == family })
    }

    /// Adds every UDP frontend of a routing table: after a start, when what happened before is not known.
    mutating func add(_ routes: RoutingTable) {
        for (frontend, route) in routes.frontends where frontend.protocol == .udp {
            targets[frontend] = .serving(Set(route.serving))
        }
    }

    /// Whether a flow should be deleted.
    ///
    /// - Parameters:
    ///   - destination: Where the client sent its first packet.
    ///   - replySource: Who answers; the destination itself for a flow that was never translated.
    func isStale(destination: Frontend, replySource: Backend) -> Bool {
        switch targets[destination] {
        case nil: false
        case .gone: replySource.address != destination.address || replySource.port != destination.port
        case .serving(let backends): !backends.isEmpty && !backends.contains(replySource)
        }
    }
}
