import Controllers
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("Service accounts, root certificates and tokens")
struct AccountsTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    @Test("Every namespace that stays has the default account, also after it was deleted")
    func accounts() throws {
        var test = StateUnderTest()
        let controller = ServiceAccountController()
        try test.put(NamespaceKind.resource, ["metadata": ["name": "a"], "status": ["phase": "Active"]])
        try test.put(NamespaceKind.resource, ["metadata": ["name": "b"], "status": ["phase": "Terminating"]])
        try test.settle(controller, now: now)
        #expect(test.state.serviceAccounts["a", "default"] != nil)
        #expect(test.state.serviceAccounts["b", "default"] == nil)
        try test.remove(ServiceAccountKind.resource, ObjectName(namespace: "a", name: "default"))
        try test.settle(controller, now: now)
        #expect(test.state.serviceAccounts["a", "default"] != nil)
    }

    @Test("Every namespace has the root certificates, also after somebody changed them")
    func certificates() throws {
        var test = StateUnderTest()
        let controller = RootCertificateController(certificates: "PEM")
        let key = ObjectName(namespace: "a", name: "kube-root-ca.crt")
        try test.put(NamespaceKind.resource, ["metadata": ["name": "a"]])
        try test.settle(controller, now: now)
        #expect(test.object(ConfigMapKind.resource, key)?["data"] == ["ca.crt": "PEM"])
        try test.change(ConfigMapKind.resource, key) { $0["data"] = ["ca.crt": "other"] }
        try test.settle(controller, now: now)
        #expect(test.object(ConfigMapKind.resource, key)?["data"] == ["ca.crt": "PEM"])
    }

    @Test("A Secret that asks for a token is filled, and goes with its account")
    func tokens() throws {
        var test = StateUnderTest()
        let controller = TokenSecretController(certificates: "PEM") { "\($0.namespace)/\($0.account)/\($0.secret)" }
        let key = ObjectName(namespace: "a", name: "s")
        try test.put(ServiceAccountKind.resource, ["metadata": ["name": "x", "namespace": "a", "uid": "u1"]])
        try test.put(
            SecretKind.resource,
            [
                "metadata": [
                    "name": "s", "namespace": "a", "annotations": ["kubernetes.io/service-account.name": "x"],
                ],
                "type": "kubernetes.io/service-account-token",
            ]
        )
        try test.settle(controller, now: now)
        let secret = try #require(test.object(SecretKind.resource, key))
        #expect(secret["data"] == ["ca.crt": "UEVN", "namespace": "YQ==", "token": "YS94L3M="])
        #expect(secret[path: "metadata", "annotations", "kubernetes.io/service-account.uid"] == "u1")
        try test.remove(ServiceAccountKind.resource, ObjectName(namespace: "a", name: "x"))
        try test.settle(controller, now: now)
        #expect(test.object(SecretKind.resource, key) == nil)
    }

    @Test("A Secret that is younger than its account's watch may be is not deleted")
    func patience() throws {
        var test = StateUnderTest()
        let controller = TokenSecretController(certificates: "PEM")
        try test.put(
            SecretKind.resource,
            [
                "metadata": [
                    "name": "s", "namespace": "a", "creationTimestamp": .string(now.secondDescription),
                    "annotations": ["kubernetes.io/service-account.name": "x"],
                ],
                "type": "kubernetes.io/service-account-token",
            ]
        )
        #expect(try test.settle(controller, now: now).again == .seconds(30))
        let key = ObjectName(namespace: "a", name: "s")
        let later = controller.reconcile(key, in: test.state, now: now.advanced(by: .seconds(31)))
        #expect(later.writes.count == 1)
    }
}
