/// Who asks: the result of authentication.
public struct RequestIdentity: Sendable, Hashable {
    /// The user's name, such as `system:node:n0`; `system:anonymous` for nobody.
    public var user: String
    /// The user's groups, such as `system:nodes` and `system:authenticated`.
    public var groups: [String]
    /// The user's id; empty where it has none.
    public var uid: String
    /// What else is known, such as the pod that a token was made for.
    public var extra: [String: [String]]

    /// An identity from its parts.
    public init(user: String, groups: [String], uid: String = "", extra: [String: [String]] = [:]) {
        self.user = user
        self.groups = groups
        self.uid = uid
        self.extra = extra
    }

    /// Somebody who showed neither certificate nor token.
    public static let anonymous = RequestIdentity(user: "system:anonymous", groups: ["system:unauthenticated"])
}
