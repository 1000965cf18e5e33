public import APIAccess
import JSON

/// The text of a kubeconfig with one server and one user, everything in it: it can be copied to another machine.
public struct KubeconfigFile: Sendable, Hashable {
    /// The server, such as `https://10.0.0.1:6443`.
    public var server: String
    /// The authority that the server is recognized by, in PEM.
    public var authorityPEM: String
    /// The user's name, as shown.
    public var user: String
    /// The user's certificate and key.
    public var leaf: CertificateAuthority.Leaf

    /// A kubeconfig from its parts.
    public init(server: String, authorityPEM: String, user: String, leaf: CertificateAuthority.Leaf) {
        self.server = server
        self.authorityPEM = authorityPEM
        self.user = user
        self.leaf = leaf
    }

    private static func base64(_ text: String) -> JSONValue {
        .string(String(decoding: Base64.encode(Array(text.utf8)), as: UTF8.self))
    }

    /// The file: JSON with line breaks, which is YAML as well.
    public var text: String {
        let (cluster, context) = ("trama", "\(user)@trama")
        let members: [(String, JSONValue)] = [
            ("apiVersion", "v1"),
            ("kind", "Config"),
            (
                "clusters",
                [
                    [
                        "name": .string(cluster),
                        "cluster": [
                            "server": .string(server),
                            "certificate-authority-data": Self.base64(authorityPEM),
                        ],
                    ]
                ]
            ),
            (
                "users",
                [
                    [
                        "name": .string(user),
                        "user": [
                            "client-certificate-data": Self.base64(leaf.certificatePEM),
                            "client-key-data": Self.base64(leaf.keyPEM),
                        ],
                    ]
                ]
            ),
            (
                "contexts",
                [
                    [
                        "name": .string(context),
                        "context": ["cluster": .string(cluster), "user": .string(user)],
                    ]
                ]
            ),
            ("current-context", .string(context)),
        ]
        let lines = members.map { (name, value) in "\(name): \(String(decoding: value.json, as: UTF8.self))\n" }
        return lines.joined()
    }
}
