import KubernetesAPI
import NIOSSL

/// Keeps the credentials of a client fresh.
///
/// Files are read again once a minute, so that rotated tokens and certificates are taken up, and at once where the
/// server answers 401. A plug-in is run again when its credential ends, or on 401. While a file cannot be read, as in
/// the middle of a rotation, the last good credentials stay in use.
actor CredentialProvider {
    /// How long files are taken to be unchanged, as in client-go (`transport/token_source.go`).
    static let filePeriod: Duration = .seconds(60)
    /// A plug-in's credential is renewed this long before its end, so that it does not end on the way.
    static let expirationLeeway: Duration = .seconds(10)

    private let isSecure: Bool
    private let trust: ServerTrust
    private let authentication: Authentication
    private let time: Timekeeper
    private let wallClock: @Sendable () -> Timestamp

    private var material: CredentialMaterial?
    private var credentials: Credentials?
    private var loadedAt: Duration = .zero
    private var mustReload = false

    /// One load at a time: plug-ins may ask a person or a slow service.
    private var isLoading = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(
        isSecure: Bool,
        trust: ServerTrust,
        authentication: Authentication,
        time: Timekeeper,
        wallClock: @escaping @Sendable () -> Timestamp
    ) {
        self.isSecure = isSecure
        self.trust = trust
        self.authentication = authentication
        self.time = time
        self.wallClock = wallClock
    }

    /// The credentials to use now.
    func current() async throws(ClientError) -> Credentials {
        while isLoading {
            await withCheckedContinuation { waiting.append($0) }
        }
        if let credentials, !isStale { return credentials }
        isLoading = true
        defer {
            isLoading = false
            for continuation in waiting { continuation.resume() }
            waiting = []
        }
        return try await load()
    }

    /// Takes note that the server refused credentials, and returns others to try; nil where there are none.
    func replacement(for refused: Credentials) async throws(ClientError) -> Credentials? {
        guard canChange else { return nil }
        if credentials?.generation == refused.generation { mustReload = true }
        let fresh = try await current()
        return fresh.generation == refused.generation ? nil : fresh
    }

    // MARK: Loading

    private var isStale: Bool {
        if mustReload { return true }
        if let expiration = material?.expiration {
            return wallClock().advanced(by: Self.expirationLeeway) >= expiration
        }
        return trust.hasFiles || authentication.hasFiles ? time.now() - loadedAt >= Self.filePeriod : false
    }

    private var canChange: Bool { trust.hasFiles || authentication.hasFiles || authentication.hasPlugin }

    private func load() async throws(ClientError) -> Credentials {
        var fresh = CredentialMaterial()
        do {
            fresh.authorities = try trust.authorities?.load()
            try await fill(&fresh, from: authentication)
            let tls = try isSecure ? TLSConfiguration(fresh, trust: trust) : nil
            loadedAt = time.now()
            mustReload = false
            if let credentials, let material, material.sameSecrets(as: fresh) {
                self.material = fresh
                return credentials
            }
            let loaded = Credentials(
                generation: (credentials?.generation ?? 0) + 1,
                tls: tls,
                authorization: fresh.authorization
            )
            material = fresh
            credentials = loaded
            return loaded
        } catch {
            // A file may be missing for a moment while it is rotated. A credential that ended is of no use, though.
            guard let credentials, !authentication.hasPlugin, error != .cancelled else { throw error }
            loadedAt = time.now()
            mustReload = false
            return credentials
        }
    }

    private func fill(
        _ material: inout CredentialMaterial,
        from authentication: Authentication
    ) async throws(ClientError) {
        switch authentication {
        case .none:
            break
        case .clientCertificate(let chain, let key):
            material.certificate = try chain.load()
            material.key = try key.load()
        case .token(let source):
            try material.setToken(source.load(), from: source.path ?? "the token")
        case .basic(let username, let password):
            material.setBasic(username: username, password: password)
        case .exec(let plugin):
            let credential = try await plugin.run(time: time)
            if let token = credential.token {
                try material.setToken(Array(token.utf8), from: "the token of \(plugin.command)")
            }
            if let certificate = credential.certificate {
                material.certificate = certificate
                material.key = credential.key
            }
            material.expiration = credential.expiration
        case .all(let parts):
            for part in parts { try await fill(&material, from: part) }
        }
    }
}

extension CredentialMaterial {
    /// True where the server would see no difference.
    fileprivate func sameSecrets(as other: CredentialMaterial) -> Bool {
        var copy = other
        copy.expiration = expiration
        return self == copy
    }
}

extension SecretSource {
    /// The file's path; nil for bytes.
    fileprivate var path: String? {
        switch self {
        case .inline: nil
        case .file(let path): path
        }
    }
}

extension ServerTrust {
    fileprivate var hasFiles: Bool { authorities?.canChange ?? false }
}

extension Authentication {
    fileprivate var hasFiles: Bool {
        switch self {
        case .none, .basic, .exec: false
        case .clientCertificate(let chain, let key): chain.canChange || key.canChange
        case .token(let source): source.canChange
        case .all(let parts): parts.contains { $0.hasFiles }
        }
    }

    fileprivate var hasPlugin: Bool {
        switch self {
        case .exec: true
        case .all(let parts): parts.contains { $0.hasPlugin }
        case .none, .clientCertificate, .token, .basic: false
        }
    }
}
