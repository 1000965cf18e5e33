import APIAccess
import APIRegistry
import Controllers
import KubernetesAPI

/// Makes the tokens of Secrets of the type `kubernetes.io/service-account-token`: without an end, but they count only
/// while the Secret and the account are there.
struct SecretTokenSigner: Sendable {
    let tokens: ServiceAccountTokens
    /// Whom the tokens are for.
    let audiences: [String]

    /// Nil where it cannot be signed.
    func token(for request: TokenSecretController.Request) -> String? {
        var generator = SystemRandomNumberGenerator()
        let now = Timestamp(seconds: Timestamp.now.seconds)
        let claims = ServiceAccountTokens.Claims(
            account: ServiceAccountName(namespace: request.namespace, name: request.account),
            accountUID: request.accountUID,
            audiences: audiences,
            issued: now,
            expires: now,
            id: ObjectMetadata.uid(using: &generator),
            bound: .init(kind: "Secret", name: request.secret, uid: request.secretUID)
        )
        return try? tokens.signWithoutEnd(claims)
    }
}
