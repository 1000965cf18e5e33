import FoundationEssentials
import Yams

/// Reads the YAML of a kubeconfig.
struct KubeconfigReader {
    /// The file's path.
    let origin: String

    func read(_ bytes: [UInt8]) throws(ConfigurationError) -> Kubeconfig {
        let root = try YAMLFields(document: bytes, origin: origin)
        var kubeconfig = Kubeconfig(origin: origin)
        kubeconfig.currentContext = try root.string("current-context") ?? ""
        for (name, entry) in try root.named("clusters") {
            kubeconfig.clusters[name] = result { () throws(ConfigurationError) in
                try cluster(entry.required("cluster"))
            }
        }
        for (name, entry) in try root.named("users") {
            kubeconfig.users[name] = result { () throws(ConfigurationError) in
                try entry.fields("user").map { (fields) throws(ConfigurationError) in try user(fields) }
                    ?? Kubeconfig.User(authentication: .none, impersonation: nil)
            }
        }
        for (name, entry) in try root.named("contexts") {
            let context = try entry.required("context")
            kubeconfig.contexts[name] = Kubeconfig.Context(
                cluster: try context.string("cluster") ?? "",
                user: try context.string("user") ?? ""
            )
        }
        return kubeconfig
    }

    private func result<T>(_ body: () throws(ConfigurationError) -> T) -> Result<T, ConfigurationError> {
        do {
            return .success(try body())
        } catch {
            return .failure(error)
        }
    }

    // MARK: Clusters

    private func cluster(_ fields: YAMLFields) throws(ConfigurationError) -> Kubeconfig.Cluster {
        let text = try fields.string("server") ?? ""
        guard let server = ServerAddress(text) else {
            throw fields.error("server", "\"\(text)\" is not an address; write https://host:port")
        }
        let trust = ServerTrust(
            authorities: try secret(fields, data: "certificate-authority-data", file: "certificate-authority"),
            serverName: try fields.string("tls-server-name"),
            acceptsAnyCertificate: try fields.bool("insecure-skip-tls-verify") ?? false
        )
        if trust.acceptsAnyCertificate, trust.authorities != nil {
            throw fields.error("insecure-skip-tls-verify", "is set although a certificate authority is; remove one")
        }
        var proxy: ProxyAddress?
        if let text = try fields.string("proxy-url") {
            proxy = ProxyAddress(text)
            guard proxy != nil else {
                throw fields.error("proxy-url", "\"\(text)\" is not an http:// or socks5:// address")
            }
        }
        return Kubeconfig.Cluster(server: server, trust: trust, proxy: proxy)
    }

    // MARK: Users

    private func user(_ fields: YAMLFields) throws(ConfigurationError) -> Kubeconfig.User {
        if let provider = try fields.fields("auth-provider") {
            let name = try provider.string("name") ?? ""
            throw fields.error(
                "auth-provider",
                "\"\(name)\" is a plug-in inside kubectl that no longer exists; use exec, a token or a certificate"
            )
        }

        var parts: [Authentication] = []
        let certificate = try secret(fields, data: "client-certificate-data", file: "client-certificate")
        let key = try secret(fields, data: "client-key-data", file: "client-key")
        switch (certificate, key) {
        case (let chain?, let key?): parts.append(.clientCertificate(chain: chain, key: key))
        case (_?, nil): throw fields.error("client-key-data", "is missing although a client certificate is given")
        case (nil, _?): throw fields.error("client-certificate-data", "is missing although a client key is given")
        case (nil, nil): break
        }

        // As upstream: a file is preferred to a token written down, because it is rotated.
        if let file = try fields.string("tokenFile") {
            parts.append(.token(.file(absolute(file))))
        } else if let token = try fields.string("token") {
            parts.append(.token(.inline(Array(token.utf8))))
        }

        let username = try fields.string("username")
        if let username {
            parts.append(.basic(username: username, password: try fields.string("password") ?? ""))
        }
        if let exec = try fields.fields("exec") {
            guard username == nil else {
                throw fields.error("exec", "stands beside username; a user has one way to authenticate")
            }
            parts.append(.exec(try plugin(exec)))
        }

        return Kubeconfig.User(
            authentication: parts.count > 1 ? .all(parts) : parts.first ?? .none,
            impersonation: try impersonation(fields)
        )
    }

    private func impersonation(_ fields: YAMLFields) throws(ConfigurationError) -> Impersonation? {
        guard let user = try fields.string("as") else { return nil }
        return Impersonation(user: user, uid: try fields.string("as-uid"), groups: try fields.strings("as-groups"))
    }

    private func plugin(_ fields: YAMLFields) throws(ConfigurationError) -> ExecPlugin {
        let versionText = try fields.string("apiVersion") ?? ""
        guard let version = ExecPlugin.Version(rawValue: versionText) else {
            let known = ExecPlugin.Version.allCases.map(\.rawValue).joined(separator: " or ")
            throw fields.error("apiVersion", "\"\(versionText)\" is not supported; use \(known)")
        }
        guard let command = try fields.string("command") else {
            throw fields.error("command", "is missing; name the program that gives out credentials")
        }
        if try fields.string("interactiveMode") == "Always" {
            throw fields.error(
                "interactiveMode",
                "is Always, but there is no terminal to ask on; set it to IfAvailable or Never"
            )
        }
        var environment: [String: String] = [:]
        for variable in try fields.list("env") {
            guard let name = try variable.string("name") else {
                throw variable.error("name", "is missing")
            }
            environment[name] = try variable.string("value") ?? ""
        }
        return ExecPlugin(
            version: version,
            // As upstream: only a path, not a bare name, is relative to the kubeconfig.
            command: command.contains("/") ? absolute(command) : command,
            arguments: try fields.strings("args"),
            environment: environment,
            installHint: try fields.string("installHint"),
            wantsClusterInfo: try fields.bool("provideClusterInfo") ?? false
        )
    }

    // MARK: Secrets

    /// Bytes in base64 under one key, or the path of a file under another; the bytes win, as upstream has it.
    private func secret(
        _ fields: YAMLFields,
        data dataKey: String,
        file fileKey: String
    ) throws(ConfigurationError) -> SecretSource? {
        if let text = try fields.string(dataKey) {
            guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters), !data.isEmpty else {
                throw fields.error(dataKey, "is not base64")
            }
            return .inline(Array(data))
        }
        guard let path = try fields.string(fileKey) else { return nil }
        return .file(absolute(path))
    }

    /// A path as seen from the kubeconfig's folder.
    private func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = origin.lastIndex(of: "/") else { return path }
        return "\(origin[...slash])\(path)"
    }
}
