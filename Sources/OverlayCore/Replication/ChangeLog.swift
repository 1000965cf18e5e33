/// The latest changes in their order, which each connection reads at its own speed.
///
/// However many connections there are, a change is written once. It is dropped when all have read it, or when there are
/// too many: a connection that is further behind is helped by comparison.
struct ChangeLog: Sendable {
    /// One change.
    struct Item: Sendable {
        /// What is new.
        var entry: ReplicatedEntry
        /// The connections, by their bits, whose other side has it.
        var holders: UInt64
        /// We have written it.
        var isOwn: Bool
    }

    private(set) var items: [Item] = []
    /// The number of the first item; each further one has the next number.
    private(set) var start: UInt64 = 0
    /// The items that nobody has read, by the hashes of their keys.
    private var unread: [UInt64: Int] = [:]
    private let limit: Int

    /// An empty log that keeps at most so many changes.
    init(limit: Int = 8192) { self.limit = limit }

    /// The number that the next item will have.
    var end: UInt64 { start + UInt64(items.count) }

    /// Some items have been read by nobody.
    var hasUnread: Bool { !unread.isEmpty }

    /// Notes a change that the connections with these bits know of.
    mutating func append(_ entry: ReplicatedEntry, holders: UInt64, isOwn: Bool) {
        if let index = unread[entry.storage.hash], items[index].entry.storage.key == entry.storage.key {
            items[index] = Item(entry: entry, holders: holders, isOwn: isOwn)
            return
        }
        if items.count >= limit { drop(items.count / 2) }
        unread[entry.storage.hash] = items.count
        items.append(Item(entry: entry, holders: holders, isOwn: isOwn))
    }

    /// Notes that the other side of these connections has an entry, if it is among the changes that nobody has read.
    mutating func note(_ entry: ReplicatedEntry, holders: UInt64) {
        guard let index = unread[entry.storage.hash] else { return }
        if items[index].entry == entry { items[index].holders |= holders }
    }

    /// From here on all items count as read by somebody.
    mutating func seal() { unread.removeAll(keepingCapacity: true) }

    /// The items from this number on.
    func items(from number: UInt64) -> ArraySlice<Item> {
        items[Int(min(max(number, start), end) - start)...]
    }

    /// From here on all items count as read by somebody; those before this number have been read by all.
    mutating func trim(to number: UInt64) {
        if !unread.isEmpty { unread.removeAll(keepingCapacity: items.count <= 256) }
        guard number > start else { return }
        if number >= end {
            start = end
            items.removeAll(keepingCapacity: items.count <= 256)
        } else {
            items.removeFirst(Int(number - start))
            start = number
        }
    }

    private mutating func drop(_ count: Int) {
        items.removeFirst(count)
        start += UInt64(count)
        unread = unread.compactMapValues { $0 >= count ? $0 - count : nil }
    }
}
