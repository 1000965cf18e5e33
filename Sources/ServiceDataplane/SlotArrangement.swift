import ServiceRouting

/// How a list of endpoints moves to another one with the fewest changed slots.
///
/// Slots stay dense, because a connection picks a random number below their count: an endpoint that leaves is replaced by one
/// that comes, or by the one in the last slot. So a change costs as many slot writes as endpoints changed, whatever the size
/// of the list, and the order of slots says nothing.
struct SlotArrangement: Equatable {
    /// The new endpoints, by slot.
    var slots: [Backend]
    /// Slots below the old count that hold another endpoint now, ascending.
    var rewritten: [Int] = []
    /// The endpoints that left.
    var departed: [Backend] = []

    /// Arranges `wanted` (no duplicates) in the slots of `current`.
    init(_ current: [Backend], for wanted: [Backend]) {
        slots = current
        guard current != wanted else { return }
        guard !current.isEmpty else {
            slots = wanted
            return
        }
        let keep = Set(wanted)
        let present = Set(current)
        var seen: Set<Backend> = []
        // A duplicate can only come from a table that somebody else wrote to; it is a free slot like any other.
        var free = current.indices.filter { !keep.contains(current[$0]) || !seen.insert(current[$0]).inserted }
        departed = free.map { current[$0] }.filter { !keep.contains($0) }
        var arrivals = wanted.filter { !present.contains($0) }[...]
        while let arrival = arrivals.first, let slot = free.first {
            slots[slot] = arrival
            rewritten.append(slot)
            arrivals.removeFirst()
            free.removeFirst()
        }
        slots.append(contentsOf: arrivals)
        // What is still free is filled from the end of the list.
        let count = slots.count - free.count
        let unfilled = Set(free)
        var movers = slots.indices[count...].filter { !unfilled.contains($0) }.map { slots[$0] }[...]
        for slot in free where slot < count {
            guard let mover = movers.popFirst() else { break }
            slots[slot] = mover
            rewritten.append(slot)
        }
        slots.removeSubrange(count...)
        rewritten.sort()
    }
}
