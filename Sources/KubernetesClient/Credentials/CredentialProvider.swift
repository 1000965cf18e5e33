import KubernetesAPI
import NIOSSL

/// Keeps the credentials of a client fresh.
///
/// Files are read again once a minute, so that rotated tokens and certificates are taken up, and at once where the
/// server answers 401. While a file cannot be read, as in the middle of a rotation, what was read last stays in use. A
/// plug-in is run again only when its credential ends, or on 401; where it fails, the credential is used until its end.
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

    /// What files and the configuration give; nil before they were read.
    private var material: CredentialMaterial?
    private var filesReadAt: Duration = .zero
    private var mustReadFiles = false
    /// What the plug-in gave out last.
    private var pluginCredential: ExecCredential?
    /// True where the server refused that.
    private var mustRunPlugin = false

    /// The credentials in use, and the bytes they were made of.
    private var used: (credentials: Credentials, material: CredentialMaterial)?

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
        if let used, !needsFiles, !needsPlugin { return used.credentials }
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
        if used?.credentials.generation == refused.generation {
            mustReadFiles = true
            mustRunPlugin = true
        }
        let fresh = try await current()
        return fresh.generation == refused.generation ? nil : fresh
    }

    // MARK: Loading

    private var canChange: Bool { hasFiles || authentication.plugin != nil }

    private var hasFiles: Bool { trust.hasFiles || authentication.hasFiles }

    private var needsFiles: Bool {
        material == nil || mustReadFiles || (hasFiles && time.now() - filesReadAt >= Self.filePeriod)
    }

    private var needsPlugin: Bool {
        guard authentication.plugin != nil else { return false }
        guard let pluginCredential, !mustRunPlugin else { return true }
        return pluginCredential.hasEnded(at: wallClock().advanced(by: Self.expirationLeeway))
    }

    private func load() async throws(ClientError) -> Credentials {
        var tls = used?.credentials.tls
        if needsFiles { try readFiles() }
        if needsPlugin, let plugin = authentication.plugin { try await run(plugin) }
        var fresh = material ?? CredentialMaterial()
        if let pluginCredential, let plugin = authentication.plugin { try fresh.take(pluginCredential, from: plugin) }
        if let used, used.material == fresh { return used.credentials }
        if isSecure { tls = try TLSConfiguration(fresh, trust: trust) }
        let credentials = Credentials(
            generation: (used?.credentials.generation ?? 0) + 1,
            tls: tls,
            authorization: fresh.authorization
        )
        used = (credentials, fresh)
        return credentials
    }

    private func readFiles() throws(ClientError) {
        do {
            var fresh = CredentialMaterial()
            fresh.authorities = try trust.authorities?.load()
            try fresh.fill(from: authentication)
            if isSecure { _ = try TLSConfiguration(fresh, trust: trust) }
            material = fresh
        } catch {
            // A file may be missing, or half written, for a moment while it is rotated.
            guard material != nil else { throw error }
        }
        filesReadAt = time.now()
        mustReadFiles = false
    }

    private func run(_ plugin: ExecPlugin) async throws(ClientError) {
        do {
            let credential = try await plugin.run(time: time)
            var fresh = material ?? CredentialMaterial()
            try fresh.take(credential, from: plugin)
            if isSecure { _ = try TLSConfiguration(fresh, trust: trust) }
            pluginCredential = credential
            mustRunPlugin = false
        } catch {
            // It is run ahead of the end: until then the last credential will do, unless the server refused it.
            guard let pluginCredential, !mustRunPlugin, !pluginCredential.hasEnded(at: wallClock()), error != .cancelled
            else { throw error }
        }
    }
}

extension CredentialMaterial {
    /// Takes what files and the configuration give; what a plug-in gives out is not asked for.
    fileprivate mutating func fill(from authentication: Authentication) throws(ClientError) {
        switch authentication {
        case .none, .exec:
            break
        case .clientCertificate(let chain, let key):
            certificate = try chain.load()
            self.key = try key.load()
        case .token(let source):
            try setToken(source.load(), from: source.path ?? "the token")
        case .basic(let username, let password):
            setBasic(username: username, password: password)
        case .all(let parts):
            for part in parts { try fill(from: part) }
        }
    }

    /// Takes what a plug-in gave out, in place of what was there.
    fileprivate mutating func take(_ credential: ExecCredential, from plugin: ExecPlugin) throws(ClientError) {
        if let token = credential.token {
            try setToken(Array(token.utf8), from: "the token of \(plugin.command)")
        }
        if let certificate = credential.certificate {
            self.certificate = certificate
            key = credential.key
        }
    }
}

extension ExecCredential {
    /// True where it is of no use any more at that time.
    fileprivate func hasEnded(at time: Timestamp) -> Bool { expiration.map { time >= $0 } ?? false }
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

    /// The program that gives out credentials; of several, which no kubeconfig has, the first.
    fileprivate var plugin: ExecPlugin? {
        switch self {
        case .exec(let plugin): plugin
        case .all(let parts): parts.lazy.compactMap(\.plugin).first
        case .none, .clientCertificate, .token, .basic: nil
        }
    }
}
