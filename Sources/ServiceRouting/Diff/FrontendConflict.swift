/// A Service port that does not serve a frontend because another port claims it too.
///
/// The older Service wins (`creationTimestamp`, then namespace and name); between two ports of one Service, the one
/// listed first.
public struct FrontendConflict: Hashable, Sendable {
    /// What both claim.
    public var frontend: Frontend
    /// The port that serves it.
    public var winner: ServicePortName
    /// The port that does not.
    public var loser: ServicePortName

    /// The conflict over `frontend` that `winner` won against `loser`.
    public init(frontend: Frontend, winner: ServicePortName, loser: ServicePortName) {
        self.frontend = frontend
        self.winner = winner
        self.loser = loser
    }
}

extension FrontendConflict: Comparable {
    /// By frontend, then loser, then winner.
    public static func < (left: FrontendConflict, right: FrontendConflict) -> Bool {
        (left.frontend, left.loser, left.winner) < (right.frontend, right.loser, right.winner)
    }
}

extension FrontendConflict: CustomStringConvertible {
    /// Says which port serves the frontend and which does not.
    public var description: String { "\(frontend) is served by \(winner), not by \(loser) which claims it too" }
}
