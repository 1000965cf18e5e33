import Crypto

/// Tokens from a file, each of a user: `token,user,uid,"group1,group2"` a line.
///
/// Source: `--token-auth-file` of kube-apiserver (`k8s.io/apiserver/pkg/authentication/token/tokenfile`).
public struct StaticTokens: Sendable {
    /// By the token's digest, so that looking one up tells nothing of the others by how long it takes.
    private var identities: [SHA256Digest: RequestIdentity] = [:]

    /// No tokens.
    public init() {}

    /// The tokens of a file.
    ///
    /// - Throws: What is wrong in which line.
    public init(text: String) throws(StaticTokenError) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let trimmed = line.last == "\r" ? line.dropLast() : line
            guard !trimmed.isEmpty, trimmed.first != "#" else { continue }
            let fields = try Self.fields(of: trimmed, line: index + 1)
            guard fields.count >= 3 else {
                throw StaticTokenError(
                    line: index + 1,
                    reason: "has \(fields.count) columns; it takes token, user and uid"
                )
            }
            guard !fields[0].isEmpty else { throw StaticTokenError(line: index + 1, reason: "has an empty token") }
            let digest = SHA256.hash(data: Array(fields[0].utf8))
            guard identities[digest] == nil else {
                throw StaticTokenError(line: index + 1, reason: "has a token that an earlier line has")
            }
            let groups = fields.count > 3 ? fields[3].split(separator: ",").map { String($0) } : []
            identities[digest] = RequestIdentity(
                user: fields[1],
                groups: groups + ["system:authenticated"],
                uid: fields[2]
            )
        }
    }

    /// Whose token it is; nil for nobody's.
    public func identity(token: String) -> RequestIdentity? {
        identities.isEmpty ? nil : identities[SHA256.hash(data: Array(token.utf8))]
    }

    /// The columns of a line of comma-separated values; a column in quotes may hold commas.
    private static func fields(of line: Substring, line number: Int) throws(StaticTokenError) -> [String] {
        var fields = [""]
        var isQuoted = false
        for character in line {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: fields.append("")
            default: fields[fields.count - 1].append(character)
            }
        }
        guard !isQuoted else { throw StaticTokenError(line: number, reason: "has a quote that is not closed") }
        return fields
    }
}

/// What is wrong with a file of tokens.
public struct StaticTokenError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The line, from 1.
    public var line: Int
    /// What is wrong with it.
    public var reason: String

    /// An error from its parts.
    public init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }

    /// For people.
    public var description: String { "line \(line) \(reason)" }
}
