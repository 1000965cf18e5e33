import OverlayMesh

/// What the mesh told of late, for those who wait for an outcome.
struct NoticeLog {
    private var notices: [MeshNotice] = []
    /// The number of the next notice, from 0: where to look on from.
    private(set) var end = 0

    /// Older ones are forgotten.
    static let limit = 64

    mutating func append(_ notice: MeshNotice) {
        notices.append(notice)
        end += 1
        if notices.count > Self.limit { notices.removeFirst() }
    }

    /// The notices from a number on, as far as they are remembered.
    func since(_ mark: Int) -> ArraySlice<MeshNotice> {
        let first = end - notices.count
        return notices.dropFirst(max(0, mark - first))
    }
}
