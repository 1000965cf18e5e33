import Crypto
public import KubernetesAPI
import Synchronization

/// Recognizes client certificates, tokens of service accounts and tokens from a file.
public final class StandardAuthenticator: Authenticator {
    /// Finds out whether an object that a token depends on still is; its uid, or nil where it is not.
    public typealias Lookup = @Sendable (_ kind: String, _ namespace: String, _ name: String) async -> String?

    private let accounts: ServiceAccountTokens?
    private let audiences: Set<String>
    private let fixed: StaticTokens
    private let lookup: Lookup
    private let clock: @Sendable () -> Timestamp
    /// Tokens that were checked lately: a signature takes longer to check than most requests to answer.
    private let checked = Mutex<[SHA256Digest: Checked]>([:])

    private struct Checked {
        var identity: RequestIdentity
        var until: Timestamp
    }

    /// How long a checked token counts without being looked at again; as upstream's cache of successes.
    private static let memory: Duration = .seconds(10)
    /// How many tokens are remembered.
    private static let memoryLimit = 4096

    /// An authenticator.
    ///
    /// - Parameters:
    ///   - accounts: Checks tokens of service accounts; nil where there are none.
    ///   - audiences: Whom the server is; a token must be meant for one of them.
    ///   - fixed: Tokens of a file.
    ///   - lookup: Looks up what tokens depend on, from memory.
    ///   - clock: The present.
    public init(
        accounts: ServiceAccountTokens?,
        audiences: [String],
        fixed: StaticTokens = StaticTokens(),
        lookup: @escaping Lookup,
        clock: @escaping @Sendable () -> Timestamp = { Timestamp.now }
    ) {
        self.accounts = accounts
        self.audiences = Set(audiences)
        self.fixed = fixed
        self.lookup = lookup
        self.clock = clock
    }

    /// The identity in a client certificate.
    public func identity(certificate: [UInt8]) async -> RequestIdentity? {
        RequestIdentity(certificate: certificate)
    }

    /// The identity that a token stands for.
    public func identity(bearerToken: String) async -> RequestIdentity? {
        if let identity = fixed.identity(token: bearerToken) { return identity }
        let digest = SHA256.hash(data: Array(bearerToken.utf8))
        let now = clock()
        if let known = checked.withLock({ $0[digest] }), now < known.until { return known.identity }
        guard let review = await review(bearerToken, audiences: []) else { return nil }
        let until = min(now.advanced(by: Self.memory), review.claims.expires)
        checked.withLock { checked in
            if checked.count >= Self.memoryLimit { checked = checked.filter { now < $0.value.until } }
            if checked.count < Self.memoryLimit { checked[digest] = Checked(identity: review.identity, until: until) }
        }
        return review.identity
    }

    /// Whom a token stands for where it is shown to others: one of a file counts for this server only.
    public func standing(ofToken token: String, audiences wanted: [String]) async -> TokenStanding? {
        if let identity = fixed.identity(token: token) {
            let common = wanted.isEmpty ? audiences.sorted() : wanted.filter { audiences.contains($0) }
            return common.isEmpty ? nil : TokenStanding(identity: identity, audiences: common)
        }
        guard let review = await review(token, audiences: wanted) else { return nil }
        return TokenStanding(identity: review.identity, audiences: review.audiences)
    }

    /// What a token is, in full.
    public struct Review: Sendable {
        /// Whom it stands for.
        public var identity: RequestIdentity
        /// What it says.
        public var claims: ServiceAccountTokens.Claims
        /// For which of the audiences that were asked for it counts.
        public var audiences: [String]
    }

    /// Checks a token of a service account, and that all it depends on still is.
    ///
    /// - Parameter audiences: For whom; empty for this server.
    public func review(_ token: String, audiences wanted: [String]) async -> Review? {
        guard let accounts, let claims = await accounts.verify(token, now: clock()) else { return nil }
        let wanted = wanted.isEmpty ? audiences : Set(wanted)
        let common = claims.audiences.filter { wanted.contains($0) }
        guard !common.isEmpty else { return nil }
        let account = claims.account
        guard await lookup("ServiceAccount", account.namespace, account.name) == claims.accountUID else { return nil }
        var extra = ["authentication.kubernetes.io/credential-id": ["JTI=\(claims.id)"]]
        if let bound = claims.bound {
            let namespace = bound.kind == "Node" ? "" : account.namespace
            guard await lookup(bound.kind, namespace, bound.name) == bound.uid else { return nil }
            let prefix = "authentication.kubernetes.io/\(bound.kind.lowercased())"
            extra["\(prefix)-name"] = [bound.name]
            extra["\(prefix)-uid"] = [bound.uid]
        }
        let identity = RequestIdentity(
            user: account.user,
            groups: account.groups,
            uid: claims.accountUID,
            extra: extra
        )
        return Review(identity: identity, claims: claims, audiences: common)
    }
}
