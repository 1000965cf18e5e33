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
                            "certificate-authority-data": .string(Base64.encode(authorityPEM.utf8)),
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
                            "client-certificate-data": .string(Base64.encode(leaf.certificatePEM.utf8)),
                            "client-key-data": .string(Base64.encode(leaf.keyPEM.utf8)),
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
