extension MeshCore {
    /// Connections over which news go at once: so many are kept. With the two along the ring, everything new reaches
    /// all in O(log n) hops, and comes about twice instead of once over each connection.
    private static let eagerLimit = 4
    /// So many entries are looked at before a connection is judged.
    private static let judgedEntryCount = 64

    /// A neighbour sent entries, some of which were new: where most come too late and enough others are quicker, it need
    /// not send us what others have written, nor we it. Comparison finds what is missing all the same.
    ///
    /// Never so with our successor: along the ring everybody hears of everything.
    mutating func judge(freshCount: Int, knownCount: Int, from index: Int) {
        links[index].freshCount += freshCount
        links[index].knownCount += knownCount
        guard links[index].freshCount + links[index].knownCount >= Self.judgedEntryCount else { return }
        let isQuick = links[index].freshCount * 2 >= links[index].knownCount
        links[index].freshCount = 0
        links[index].knownCount = 0
        guard !isQuick, mayBeLazy(index) else { return }
        setEager(false, index)
    }

    private func mayBeLazy(_ index: Int) -> Bool {
        links[index].isEager && links[index].peer?.id != successor
            && links.count { $0.peer != nil && $0.isEager } > Self.eagerLimit
    }

    private mutating func setEager(_ isEager: Bool, _ index: Int) {
        guard links[index].isEager != isEager else { return }
        links[index].isEager = isEager
        outputs.append(.send(links[index].id, .eager(isEager)))
    }

    /// A neighbour wants, or does not want, that news go at once over the connection. We object where we need it.
    mutating func take(isEager: Bool, on index: Int) {
        if isEager || mayBeLazy(index) {
            links[index].isEager = isEager
        } else if links[index].isEager {
            outputs.append(.send(links[index].id, .eager(true)))
        }
    }

    /// News go at once over this connection again: something was missing, or it leads to our successor.
    mutating func makeEager(_ index: Int) { setEager(true, index) }

    /// A connection that brought news is gone: until others are found to be quick enough, all bring them.
    mutating func makeAllEager() {
        for index in links.indices where links[index].peer != nil { setEager(true, index) }
    }
}
