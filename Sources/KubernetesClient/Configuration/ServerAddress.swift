/// Where an API server listens: `https://host:port/prefix`.
public struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    /// True for `https`.
    public var isSecure: Bool
    /// A name or an IP address, IPv6 without brackets.
    public var host: String
    /// The TCP port.
    public var port: UInt16
    /// What goes before `/api` and `/apis`, as where a proxy serves several clusters; empty or beginning with `/`.
    public var pathPrefix: String

    /// An address from its parts.
    public init(isSecure: Bool = true, host: String, port: UInt16, pathPrefix: String = "") {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.pathPrefix = pathPrefix
    }

    /// Reads a URL, or a bare `host[:port]`, which means `http` as upstream's `--master` takes it.
    ///
    /// Returns nil where it is neither, has another scheme, or carries a user, a query or a fragment.
    public init?(_ text: String) {
        guard let url = URLParts(text, defaultScheme: "http"), url.userInfo == nil else { return nil }
        switch url.scheme {
        case "https": isSecure = true
        case "http": isSecure = false
        default: return nil
        }
        host = url.host
        port = url.port ?? (isSecure ? 443 : 80)
        var path = url.path
        while path.hasSuffix("/") { path.removeLast() }
        pathPrefix = path
    }

    /// The URL.
    public var description: String { url(host: host) }

    /// The URL with another name in the place of the host.
    func url(host: String) -> String {
        "\(isSecure ? "https" : "http")://\(Self.bracketed(host)):\(port)\(pathPrefix)"
    }

    /// `host:port`, for the `Host` header.
    var authority: String { "\(Self.bracketed(host)):\(port)" }

    /// An IPv6 address in brackets; anything else as it is.
    private static func bracketed(_ host: String) -> String {
        host.contains(":") ? "[\(host)]" : host
    }
}

/// A proxy between the client and the server.
public struct ProxyAddress: Sendable, Hashable {
    /// What the proxy speaks.
    public enum Scheme: Sendable, Hashable {
        /// HTTP `CONNECT`.
        case http
        /// SOCKS version 5.
        case socks5
    }

    /// What the proxy speaks.
    public var scheme: Scheme
    /// A name or an IP address, IPv6 without brackets.
    public var host: String
    /// The TCP port.
    public var port: UInt16
    /// `user:password` where the proxy asks for one; HTTP only.
    public var userInfo: String?

    /// Reads `http://[user:password@]host[:port]` or `socks5://host[:port]`; nil for anything else.
    public init?(_ text: String) {
        guard let url = URLParts(text, defaultScheme: nil) else { return nil }
        switch url.scheme {
        case "http": scheme = .http
        case "socks5", "socks5h": scheme = .socks5
        default: return nil
        }
        guard scheme == .http || url.userInfo == nil else { return nil }
        host = url.host
        port = url.port ?? (scheme == .http ? 80 : 1080)
        userInfo = url.userInfo
    }
}

/// The parts of a URL that a server or proxy address may have.
private struct URLParts {
    var scheme: String
    var userInfo: String?
    var host: String
    var port: UInt16?
    var path: String

    init?(_ text: String, defaultScheme: String?) {
        guard !text.isEmpty, !text.contains(where: { $0.isWhitespace || $0 == "?" || $0 == "#" }) else { return nil }
        var rest = text[...]
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            scheme = parts[0].lowercased()
            rest = parts[1]
        } else {
            guard let defaultScheme else { return nil }
            scheme = defaultScheme
        }

        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        path = String(rest[slash...])
        rest = rest[..<slash]

        if let at = rest.lastIndex(of: "@") {
            userInfo = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }

        if rest.first == "[" {
            guard let close = rest.firstIndex(of: "]") else { return nil }
            host = String(rest[rest.index(after: rest.startIndex)..<close])
            guard host.contains(":") else { return nil }
            rest = rest[rest.index(after: close)...]
            guard rest.isEmpty || rest.first == ":" else { return nil }
        } else {
            let colon = rest.firstIndex(of: ":") ?? rest.endIndex
            host = String(rest[..<colon])
            rest = rest[colon...]
        }
        guard !host.isEmpty else { return nil }

        if rest.first == ":" {
            guard let number = UInt16(rest.dropFirst()), number > 0 else { return nil }
            port = number
        }
    }
}
