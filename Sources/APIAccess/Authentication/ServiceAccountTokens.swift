import Crypto
import FoundationEssentials
public import JSON
import JWTKit
public import KubernetesAPI

/// Makes and checks the tokens of service accounts: JSON Web Tokens (RFC 7519) signed with ES256.
///
/// Claims: `k8s.io/kubernetes/pkg/serviceaccount/claims.go`.
public struct ServiceAccountTokens: Sendable {
    /// What a token says.
    public struct Claims: Sendable, Hashable {
        /// Whose it is.
        public var account: ServiceAccountName
        /// The account's uid: a later account of the same name is another one.
        public var accountUID: String
        /// For whom it is meant.
        public var audiences: [String]
        /// From when it counts.
        public var issued: Timestamp
        /// Until when it counts.
        public var expires: Timestamp
        /// The token's own id.
        public var id: String
        /// The object that it ends with, such as the pod that it was made for.
        public var bound: BoundObject?

        /// Claims from their parts.
        public init(
            account: ServiceAccountName,
            accountUID: String,
            audiences: [String],
            issued: Timestamp,
            expires: Timestamp,
            id: String,
            bound: BoundObject? = nil
        ) {
            self.account = account
            self.accountUID = accountUID
            self.audiences = audiences
            self.issued = issued
            self.expires = expires
            self.id = id
            self.bound = bound
        }
    }

    /// An object that a token ends with.
    public struct BoundObject: Sendable, Hashable {
        /// `Pod`, `Secret` or `Node`.
        public var kind: String
        /// The object's name.
        public var name: String
        /// The object's uid.
        public var uid: String

        /// An object from its parts.
        public init(kind: String, name: String, uid: String) {
            self.kind = kind
            self.name = name
            self.uid = uid
        }
    }

    /// Who issues, as `iss` says: the API server's address inside the cluster.
    public let issuer: String
    private let keys: JWTKeyCollection
    private let keyID: String
    private let key: P256.Signing.PrivateKey

    /// Makes and checks tokens with a key.
    ///
    /// - Parameters:
    ///   - issuer: Such as `https://kubernetes.default.svc.cluster.local`.
    ///   - keyPEM: An EC P-256 private key.
    public init(issuer: String, keyPEM: String) async throws(CertificateError) {
        self.issuer = issuer
        do {
            key = try P256.Signing.PrivateKey(pemRepresentation: keyPEM)
            let digest = SHA256.hash(data: key.publicKey.derRepresentation)
            keyID = Data(digest.prefix(16)).base64EncodedString()
            keys = await JWTKeyCollection().add(
                ecdsa: try ES256PrivateKey(backing: key),
                kid: JWKIdentifier(string: keyID)
            )
        } catch {
            throw CertificateError(subject: "the service accounts' key", reason: "is not an EC key in PEM: \(error)")
        }
    }

    /// A new key, in PEM.
    public static func makeKey() -> String { P256.Signing.PrivateKey().pemRepresentation + "\n" }

    /// Makes a token.
    public func sign(_ claims: Claims) async throws(CertificateError) -> String {
        do {
            return try await keys.sign(Payload(claims, issuer: issuer), kid: JWKIdentifier(string: keyID))
        } catch {
            throw CertificateError(subject: claims.account.user, reason: "cannot sign a token: \(error)")
        }
    }

    /// Makes a token that ends only with the object that it is bound to, at once.
    ///
    /// - Parameter claims: Bound to a Secret; `expires` is not looked at.
    public func signWithoutEnd(_ claims: Claims) throws(CertificateError) -> String {
        var claims = claims
        // Some hundred years: what reads tokens wants a number.
        claims.expires = claims.issued.advanced(by: .seconds(100 * 365 * 86_400))
        do {
            let header = try JSONEncoder().encode(["alg": "ES256", "kid": keyID, "typ": "JWT"])
            let payload = try JSONEncoder().encode(Payload(claims, issuer: issuer))
            let text = [header, payload].map { Base64URL.encode(Array($0)) }.joined(separator: ".")
            let signature = try key.signature(for: Array(text.utf8)).rawRepresentation
            return "\(text).\(Base64URL.encode(Array(signature)))"
        } catch {
            throw CertificateError(subject: claims.account.user, reason: "cannot sign a token: \(error)")
        }
    }

    /// The key that tokens are checked with, as a JSON Web Key Set (RFC 7517).
    public var keySet: JSONValue {
        // The two coordinates of the point, one after the other.
        let point = Array(key.publicKey.rawRepresentation)
        return [
            "keys": [
                [
                    "use": "sig", "kty": "EC", "kid": .string(keyID), "crv": "P-256", "alg": "ES256",
                    "x": .string(Base64URL.encode(Array(point.prefix(32)))),
                    "y": .string(Base64URL.encode(Array(point.dropFirst(32)))),
                ]
            ]
        ]
    }

    /// What a token says, if it was signed with the key, by this issuer, and counts at that time; nil otherwise.
    public func verify(_ token: String, now: Timestamp) async -> Claims? {
        guard let payload = try? await keys.verify(token, as: Payload.self), payload.iss == issuer,
            let claims = payload.claims, claims.issued <= now.advanced(by: .seconds(60)), now < claims.expires
        else { return nil }
        return claims
    }

    /// The token's JSON.
    private struct Payload: JWTPayload {
        struct Reference: Codable {
            var name: String
            var uid: String
        }

        struct Kubernetes: Codable {
            var namespace: String
            var serviceaccount: Reference
            var pod: Reference?
            var secret: Reference?
            var node: Reference?
        }

        var aud: [String]
        var exp: Int64
        var iat: Int64
        var iss: String
        var jti: String
        var nbf: Int64
        var sub: String
        var kubernetes: Kubernetes

        enum CodingKeys: String, CodingKey {
            case aud, exp, iat, iss, jti, nbf, sub
            case kubernetes = "kubernetes.io"
        }

        init(_ claims: Claims, issuer: String) {
            aud = claims.audiences
            exp = claims.expires.seconds
            iat = claims.issued.seconds
            iss = issuer
            jti = claims.id
            nbf = claims.issued.seconds
            sub = claims.account.user
            let account = Reference(name: claims.account.name, uid: claims.accountUID)
            kubernetes = Kubernetes(namespace: claims.account.namespace, serviceaccount: account)
            guard let bound = claims.bound else { return }
            let reference = Reference(name: bound.name, uid: bound.uid)
            switch bound.kind {
            case "Pod": kubernetes.pod = reference
            case "Secret": kubernetes.secret = reference
            case "Node": kubernetes.node = reference
            default: break
            }
        }

        /// The times are checked by the caller, who has the clock.
        func verify(using algorithm: some JWTAlgorithm) async throws {}

        var claims: Claims? {
            guard let account = ServiceAccountName(user: sub), account.namespace == kubernetes.namespace,
                account.name == kubernetes.serviceaccount.name
            else { return nil }
            let bound: [(String, Reference?)] = [
                ("Pod", kubernetes.pod), ("Secret", kubernetes.secret), ("Node", kubernetes.node),
            ]
            return Claims(
                account: account,
                accountUID: kubernetes.serviceaccount.uid,
                audiences: aud,
                issued: Timestamp(seconds: nbf),
                expires: Timestamp(seconds: exp),
                id: jti,
                bound: bound.compactMap { (kind, reference) in
                    reference.map { BoundObject(kind: kind, name: $0.name, uid: $0.uid) }
                }.first
            )
        }
    }
}
