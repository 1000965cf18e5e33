/// What is still to happen, the earliest first; of one moment, in the order in which it was added.
///
/// A binary heap. The order of equal moments makes a run repeatable.
struct EventQueue<Event> {
    private struct Item {
        var moment: Int64
        var number: UInt64
        var event: Event

        func isBefore(_ other: Item) -> Bool {
            moment != other.moment ? moment < other.moment : number < other.number
        }
    }

    private var heap: [Item] = []
    private var added: UInt64 = 0

    /// How much is still to happen.
    var count: Int { heap.count }

    /// When the next event is; nil if there is none.
    var nextMoment: Duration? { heap.first.map { .nanoseconds($0.moment) } }

    /// Adds an event.
    mutating func add(_ event: Event, at moment: Duration) {
        heap.append(Item(moment: moment.nanoseconds, number: added, event: event))
        added += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the next event; nil if there is none.
    mutating func popFirst() -> (moment: Duration, event: Event)? {
        guard !heap.isEmpty else { return nil }
        heap.swapAt(0, heap.count - 1)
        let item = heap.removeLast()
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            guard heap[child].isBefore(heap[parent]) else { break }
            heap.swapAt(parent, child)
            parent = child
        }
        return (.nanoseconds(item.moment), item.event)
    }
}
