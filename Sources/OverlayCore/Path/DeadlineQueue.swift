/// When each peer is next to be looked after: a binary heap. Where a peer is in it more than once, the earliest moment
/// counts, and whoever takes the others out drops them.
struct DeadlineQueue: Sendable {
    private var heap: [(at: Duration, peer: PeerID)] = []

    /// The earliest moment.
    var first: Duration? { heap.first?.at }

    /// Puts a peer in.
    mutating func insert(_ peer: PeerID, at: Duration) {
        heap.append((at, peer))
        var index = heap.count - 1
        while index > 0, heap[index].at < heap[(index - 1) / 2].at {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Takes out the peer with the earliest moment, where that has come.
    mutating func removeFirst(until now: Duration) -> (at: Duration, peer: PeerID)? {
        guard let first = heap.first, first.at <= now else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child].at < heap[least].at {
                least = child
            }
            if least == index { return first }
            heap.swapAt(index, least)
            index = least
        }
    }
}
