/// How one frontend changed; `old` and `new` differ, and at most one of them is nil.
public struct FrontendChange: Hashable, Sendable {
    /// What clients dial.
    public var frontend: Frontend
    /// Its route before; nil if there was none.
    public var old: Route?
    /// Its route now; nil if there is none any more.
    public var new: Route?

    /// The change of `frontend` from `old` to `new`.
    public init(frontend: Frontend, old: Route?, new: Route?) {
        self.frontend = frontend
        self.old = old
        self.new = new
    }
}
