import JSON
public import KubernetesAPI
public import KubernetesClient

/// Fills Secrets that ask for a service account's token, and deletes those whose account is gone.
///
/// Source: `k8s.io/kubernetes/pkg/controller/serviceaccount` `tokens_controller.go`.
public struct TokenSecretController: Controller {
    /// The Secrets' type.
    public static let secretType = "kubernetes.io/service-account-token"
    /// The annotation that names the account.
    public static let nameAnnotation = "kubernetes.io/service-account.name"
    /// The annotation with the account's uid.
    public static let uidAnnotation = "kubernetes.io/service-account.uid"

    /// How old a Secret must be to be deleted for want of its account.
    private static let patience = Duration.seconds(30)

    /// Whose token is asked for: one without an end, bound to its Secret.
    public struct Request: Sendable, Hashable {
        /// The account's namespace.
        public var namespace: String
        /// The account's name.
        public var account: String
        /// The account's uid.
        public var accountUID: String
        /// The Secret's name.
        public var secret: String
        /// The Secret's uid.
        public var secretUID: String
    }

    /// The name in logs.
    public let name = "serviceaccount-token-controller"
    private let certificates: String
    private let sign: (@Sendable (Request) -> String?)?

    /// The controller.
    ///
    /// - Parameters:
    ///   - certificates: The roots, in PEM.
    ///   - sign: Makes a token that ends with the Secret. Nil, or where it returns nil: Secrets are not filled.
    public init(certificates: String, sign: (@Sendable (Request) -> String?)? = nil) {
        self.certificates = certificates
        self.sign = sign
    }

    /// The Secrets that a change concerns.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        switch change {
        case .tokenSecret(let change): return change.new == nil ? [] : [change.name]
        case .serviceAccount(let change):
            guard let namespace = change.name.namespace, change.old?.metadata.uid != change.new?.metadata.uid else {
                return []
            }
            return state.tokenSecrets.objects(in: namespace).filter { Self.account(of: $0) == change.name.name }
                .map { ObjectName($0.metadata) }
        default: return []
        }
    }

    /// What to do about a Secret.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        guard let secret = state.tokenSecrets[key], let namespace = key.namespace,
            secret.value["type"]?.string == Self.secretType, secret.metadata.deletionTimestamp == nil,
            let name = Self.account(of: secret), !name.isEmpty
        else { return Reconciliation() }
        let uid = secret.value[path: "metadata", "annotations", Self.uidAnnotation]?.string ?? ""
        let account = state.serviceAccounts[namespace, name]
        guard let account, uid.isEmpty || uid == account.metadata.uid else {
            // The account may be as new as the Secret, and its watch behind.
            let age = secret.metadata.creationTimestamp.map { $0.duration(to: now) } ?? .zero
            guard age >= Self.patience else { return Reconciliation(again: Self.patience - max(age, .zero)) }
            let options = ClusterWrite.DeleteOptions(
                uid: secret.metadata.uid,
                resourceVersion: secret.metadata.resourceVersion
            )
            let owner = ObjectName(namespace: namespace, name: name)
            let condition = ClusterWrite.Condition.isGone(
                ServiceAccountKind.resource,
                owner,
                uid: uid.isEmpty ? nil : uid
            )
            return Reconciliation([
                ClusterWrite(SecretKind.resource, namespace: namespace, name: key.name, .delete(options), if: condition)
            ])
        }
        guard let sign else { return Reconciliation() }
        var value = secret.value
        value[path: "metadata", "annotations", Self.uidAnnotation] = .string(account.metadata.uid)
        value[path: "data", "ca.crt"] = Self.base64(certificates)
        value[path: "data", "namespace"] = Self.base64(namespace)
        if (value[path: "data", "token"]?.string ?? "").isEmpty {
            let request = Request(
                namespace: namespace,
                account: name,
                accountUID: account.metadata.uid,
                secret: key.name,
                secretUID: secret.metadata.uid
            )
            guard let token = sign(request) else { return Reconciliation() }
            value[path: "data", "token"] = Self.base64(token)
        }
        guard value != secret.value else { return Reconciliation() }
        return Reconciliation([
            ClusterWrite(SecretKind.resource, namespace: namespace, name: key.name, .replace(value))
        ])
    }

    private static func base64(_ text: String) -> JSONValue {
        .string(String(decoding: Base64.encode(Array(text.utf8)), as: UTF8.self))
    }

    private static func account(of secret: Resource<SecretKind>) -> String? {
        secret.value[path: "metadata", "annotations", nameAnnotation]?.string
    }
}
