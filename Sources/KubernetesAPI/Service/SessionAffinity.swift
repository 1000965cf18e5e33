/// Whether connections of one client go to one endpoint (`spec.sessionAffinity`).
public enum SessionAffinity: Sendable, Hashable {
    /// Each connection goes anywhere.
    case none
    /// A client's address keeps its endpoint until it was quiet for so long; nil where nobody said how long.
    case clientIP(timeoutSeconds: Int?)
    /// A rule that this version does not know.
    case unknown(String)

    /// What the API server fills in for `sessionAffinityConfig.clientIP.timeoutSeconds`: three hours.
    public static let defaultTimeoutSeconds = 10_800
}
