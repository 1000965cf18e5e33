import KubernetesAPI

/// A Service port that asks for a frontend, and how old its Service is.
struct Contender: Hashable, Sendable {
    let name: ServicePortName
    let creationTimestamp: Timestamp?

    /// Whether it gets the frontend: the older Service does, then the first by namespace and name. A Service of
    /// unknown age counts as the youngest.
    func precedes(_ other: Contender) -> Bool {
        switch (creationTimestamp, other.creationTimestamp) {
        case (let mine?, let theirs?) where mine != theirs: mine < theirs
        case (_?, nil): true
        case (nil, _?): false
        default: name.service < other.name.service
        }
    }
}

extension [Contender] {
    /// Adds a contender behind those that precede it and behind earlier ports of the same Service.
    mutating func enter(_ contender: Contender) {
        insert(contender, at: firstIndex { contender.precedes($0) } ?? endIndex)
    }

    /// Takes all ports of a Service out.
    mutating func withdraw(_ service: ObjectKey) {
        removeAll { $0.name.service == service }
    }

    /// What the contenders that do not get the frontend lost; empty unless there are two.
    func conflicts(over frontend: Frontend) -> [FrontendConflict] {
        guard let winner = first, count > 1 else { return [] }
        return dropFirst().map { FrontendConflict(frontend: frontend, winner: winner.name, loser: $0.name) }
    }
}
