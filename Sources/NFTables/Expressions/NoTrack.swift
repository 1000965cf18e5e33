extension Expression {
    /// Keeps the packet out of connection tracking (`notrack`); before it begins, at priority ``BaseHook/Priority/raw``.
    public struct NoTrack: Sendable, Hashable {
        /// Does not track.
        public init() {}
    }
}

extension Expression.NoTrack: ExpressionCodec {
    static let kernelName = "notrack"

    func encode(into handle: ExpressionHandle) {}

    init?(_ handle: ExpressionHandle) { self.init() }
}
