import APIAccess
import JSON
import KubernetesAPI
import Testing

@testable import ControlPlane

@Suite("Tokens that are asked for") struct AccountTokenIssuerTests {
    private func issuer() async throws -> AccountTokenIssuer {
        AccountTokenIssuer(
            tokens: try await ServiceAccountTokens(issuer: "https://api", keyPEM: ServiceAccountTokens.makeKey()),
            audiences: ["https://api"],
            lookup: { plural, namespace, name in
                guard plural == "pods", namespace == "a", name == "p" else { return nil }
                return ["metadata": ["uid": "u"], "spec": ["serviceAccountName": "bot"]]
            }
        )
    }

    private func request(pod: String) -> JSONValue {
        ["spec": ["boundObjectRef": ["apiVersion": "v1", "kind": "Pod", "name": .string(pod), "uid": "u"]]]
    }

    private func account(_ name: String) -> JSONValue {
        ["metadata": ["name": .string(name), "namespace": "a", "uid": "v"]]
    }

    @Test("A token is bound to a pod of the account, and to no other")
    func bound() async throws {
        let issuer = try await issuer()
        let made = try await issuer.token(for: request(pod: "p"), account: account("bot"))
        let claims = await issuer.tokens.verify(made["status"]?["token"]?.string ?? "", now: .now)
        #expect(claims?.bound == .init(kind: "Pod", name: "p", uid: "u"))
        for (pod, name, words) in [
            ("p", "other", #"serviceaccount "other" to pod running with different serviceaccount name"#),
            ("q", "bot", "not found"),
        ] {
            do {
                _ = try await issuer.token(for: request(pod: pod), account: account(name))
                Issue.record("a token for \(name) and \(pod)")
            } catch {
                #expect("\(error)".contains(words))
            }
        }
    }
}
