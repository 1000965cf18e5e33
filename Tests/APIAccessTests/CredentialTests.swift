import APIAccess
import Crypto
import JSON
import KubernetesAPI
import Testing

@Suite("Credentials")
struct CredentialTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    @Test("A client certificate names its user and groups")
    func certificate() async throws {
        let authority = try CertificateAuthority(name: "kubernetes", now: now)
        let again = try CertificateAuthority(certificatePEM: authority.certificatePEM, keyPEM: authority.keyPEM)
        let leaf = try again.issue(.client(user: "system:node:n0", groups: ["system:nodes", "x"]), now: now)
        let der = try #require(Self.der(leaf.certificatePEM))
        let identity = try #require(RequestIdentity(certificate: der))
        #expect(identity.user == "system:node:n0")
        #expect(identity.groups == ["system:nodes", "x", "system:authenticated"])
        #expect(RequestIdentity(certificate: Array(der.dropLast())) == nil)
    }

    @Test("An authority's certificate with another's key is refused")
    func mismatch() throws {
        let (one, two) = (try CertificateAuthority(name: "a", now: now), try CertificateAuthority(name: "b", now: now))
        let (certificate, key) = (try one.certificatePEM, try two.keyPEM)
        #expect(throws: CertificateError.self) { try CertificateAuthority(certificatePEM: certificate, keyPEM: key) }
    }

    private static func der(_ pem: String) -> [UInt8]? {
        var (bits, count) = (UInt32(0), 0)
        var bytes: [UInt8] = []
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        for line in pem.split(separator: "\n") where !line.hasPrefix("-") {
            for byte in line.utf8 {
                guard let value = alphabet.firstIndex(of: byte) else { continue }
                bits = bits << 6 | UInt32(value)
                count += 6
                if count >= 8 {
                    count -= 8
                    bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                }
            }
        }
        return bytes.isEmpty ? nil : bytes
    }

    private func claims(expires: Int64 = 3600, bound: ServiceAccountTokens.BoundObject? = nil)
        -> ServiceAccountTokens.Claims
    {
        ServiceAccountTokens.Claims(
            account: ServiceAccountName(namespace: "default", name: "builder"),
            accountUID: "uid-1",
            audiences: ["https://api"],
            issued: now,
            expires: now.advanced(by: .seconds(expires)),
            id: "id",
            bound: bound
        )
    }

    @Test("A token says what was signed, until it ends, and no other key's counts")
    func token() async throws {
        let tokens = try await ServiceAccountTokens(issuer: "https://api", keyPEM: ServiceAccountTokens.makeKey())
        let other = try await ServiceAccountTokens(issuer: "https://api", keyPEM: ServiceAccountTokens.makeKey())
        let claims = claims(bound: .init(kind: "Pod", name: "p", uid: "u"))
        let token = try await tokens.sign(claims)
        #expect(await tokens.verify(token, now: now) == claims)
        #expect(await tokens.verify(token, now: now.advanced(by: .seconds(3600))) == nil)
        #expect(await tokens.verify(token, now: now.advanced(by: .seconds(-61))) == nil)
        #expect(await other.verify(token, now: now) == nil)
        #expect(await tokens.verify(token + "x", now: now) == nil)
        #expect(await tokens.verify("a.b.c", now: now) == nil)
    }

    @Test("A token stands for its account while the account and the pod are the same ones")
    func lookups() async throws {
        let tokens = try await ServiceAccountTokens(issuer: "https://api", keyPEM: ServiceAccountTokens.makeKey())
        let token = try await tokens.sign(claims(bound: .init(kind: "Pod", name: "p", uid: "u")))
        func authenticator(account: String?, pod: String?, audience: String = "https://api") -> StandardAuthenticator {
            StandardAuthenticator(
                accounts: tokens,
                audiences: [audience],
                lookup: { (kind, _, _) in kind == "Pod" ? pod : account },
                clock: { [now] in now }
            )
        }
        let identity = try #require(await authenticator(account: "uid-1", pod: "u").identity(bearerToken: token))
        #expect(identity.user == "system:serviceaccount:default:builder")
        #expect(identity.groups.contains("system:serviceaccounts:default"))
        #expect(identity.extra["authentication.kubernetes.io/pod-name"] == ["p"])
        #expect(await authenticator(account: "uid-2", pod: "u").identity(bearerToken: token) == nil)
        #expect(await authenticator(account: nil, pod: "u").identity(bearerToken: token) == nil)
        #expect(await authenticator(account: "uid-1", pod: nil).identity(bearerToken: token) == nil)
        let elsewhere = authenticator(account: "uid-1", pod: "u", audience: "vault")
        #expect(await elsewhere.identity(bearerToken: token) == nil)
        let here = authenticator(account: "uid-1", pod: "u")
        let own = await here.standing(ofToken: token, audiences: [])
        #expect(own == TokenStanding(identity: identity, audiences: ["https://api"]))
        #expect(await here.standing(ofToken: token, audiences: ["vault"]) == nil)
        #expect(await here.standing(ofToken: token, audiences: ["vault", "https://api"]) == own)
    }

    @Test("The keys that are told check what was signed")
    func keySet() async throws {
        let tokens = try await ServiceAccountTokens(issuer: "https://api", keyPEM: ServiceAccountTokens.makeKey())
        let parts = try await tokens.sign(claims()).split(separator: ".").map { String($0) }
        let header = try JSONValue(json: try #require(Base64URL.decode(parts[0])))
        let key = try #require(tokens.keySet["keys"]?[0])
        #expect(key["kid"] == header["kid"])
        let point = ["x", "y"].flatMap { Base64URL.decode(key[$0]?.string ?? "") ?? [] }
        let checker = try P256.Signing.PublicKey(rawRepresentation: point)
        let signature = try P256.Signing.ECDSASignature(rawRepresentation: try #require(Base64URL.decode(parts[2])))
        #expect(checker.isValidSignature(signature, for: Array("\(parts[0]).\(parts[1])".utf8)))
    }

    @Test("A token of a file counts for the server itself only")
    func fixedAudience() async throws {
        let tokens = try StaticTokens(text: "t1,jane,1")
        let authenticator = StandardAuthenticator(
            accounts: nil,
            audiences: ["https://api"],
            fixed: tokens,
            lookup: { _, _, _ in nil }
        )
        let jane = try #require(await authenticator.standing(ofToken: "t1", audiences: []))
        #expect(jane.identity.user == "jane" && jane.audiences == ["https://api"])
        #expect(await authenticator.standing(ofToken: "t1", audiences: ["https://api", "vault"]) == jane)
        #expect(await authenticator.standing(ofToken: "t1", audiences: ["vault"]) == nil)
        #expect(await authenticator.standing(ofToken: "t2", audiences: []) == nil)
    }

    @Test("A file of tokens is read by line; a bad line is named")
    func staticTokens() throws {
        let tokens = try StaticTokens(text: "# note\nt1,jane,1,\"dev,ops\"\nt2,joe,2\n")
        #expect(tokens.identity(token: "t1")?.groups == ["dev", "ops", "system:authenticated"])
        #expect(tokens.identity(token: "t2")?.user == "joe")
        #expect(tokens.identity(token: "t3") == nil)
        #expect(throws: StaticTokenError(line: 2, reason: "has 2 columns; it takes token, user and uid")) {
            try StaticTokens(text: "a,b,c\na,b")
        }
    }
}
