import APIAccess
import JSON
import KubernetesAPI
import Testing

@Suite("What becomes of bootstrap roles that are there already")
struct BootstrapMendingTests {
    private static func role(_ rules: [JSONValue], annotations: JSONValue = [:]) -> JSONValue {
        ["kind": "ClusterRole", "metadata": ["name": "r", "annotations": annotations], "rules": .array(rules)]
    }

    private static func binding(_ role: String, _ groups: [String]) -> JSONValue {
        [
            "kind": "ClusterRoleBinding", "metadata": ["name": "b"],
            "roleRef": ["kind": "ClusterRole", "name": .string(role)],
            "subjects": .array(groups.map { ["kind": "Group", "name": .string($0)] }),
        ]
    }

    private let all: JSONValue = ["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]
    private let pods: JSONValue = ["verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]]
    private let fewer: JSONValue = ["verbs": ["get"], "apiGroups": [""], "resources": ["pods"]]

    @Test("Rules that are missing are added; what is more stays")
    func rules() {
        #expect(BootstrapMending(of: Self.role([all]), wanted: Self.role([pods])) == .none)
        #expect(
            BootstrapMending(of: Self.role([fewer]), wanted: Self.role([pods])) == .change(Self.role([fewer, pods]))
        )
    }

    @Test("Whoever wants to keep a role as it is says so")
    func keep() {
        let kept = Self.role([], annotations: ["rbac.authorization.kubernetes.io/autoupdate": "false"])
        #expect(BootstrapMending(of: kept, wanted: Self.role([pods])) == .none)
    }

    @Test("Annotations and labels are added, and not changed")
    func metadata() {
        let present = Self.role([pods], annotations: ["a": "own"])
        let wanted = Self.role([pods], annotations: ["a": "other", "b": "new"])
        #expect(
            BootstrapMending(of: present, wanted: wanted)
                == .change(Self.role([pods], annotations: ["a": "own", "b": "new"]))
        )
    }

    @Test("Subjects that are missing are added; another role means another binding")
    func bindings() {
        let present = Self.binding("r", ["x"])
        #expect(BootstrapMending(of: present, wanted: Self.binding("r", ["x"])) == .none)
        #expect(
            BootstrapMending(of: present, wanted: Self.binding("r", ["y"])) == .change(Self.binding("r", ["x", "y"]))
        )
        #expect(BootstrapMending(of: present, wanted: Self.binding("s", ["x"])) == .replacement)
    }

    @Test("A token without an end counts while its Secret is there")
    func token() async throws {
        let tokens = try await ServiceAccountTokens(issuer: "https://x", keyPEM: ServiceAccountTokens.makeKey())
        let now = Timestamp(seconds: 1_800_000_000)
        let claims = ServiceAccountTokens.Claims(
            account: ServiceAccountName(namespace: "a", name: "n"),
            accountUID: "u",
            audiences: ["https://x"],
            issued: now,
            expires: now,
            id: "i",
            bound: .init(kind: "Secret", name: "s", uid: "v")
        )
        let token = try tokens.signWithoutEnd(claims)
        let later = now.advanced(by: .seconds(50 * 365 * 86_400))
        func authenticator(_ uid: String?) -> StandardAuthenticator {
            StandardAuthenticator(
                accounts: tokens,
                audiences: ["https://x"],
                lookup: { kind, _, _ in kind == "Secret" ? uid : "u" },
                clock: { later }
            )
        }
        #expect(await authenticator("v").identity(bearerToken: token)?.user == "system:serviceaccount:a:n")
        #expect(await authenticator("w").identity(bearerToken: token) == nil)
        #expect(await authenticator(nil).identity(bearerToken: token) == nil)
    }

    @Test("What somebody may is told; of a node, that there is more")
    func list() {
        var policy = RBACPolicy()
        policy.put(.clusterRole, ["metadata": ["name": "r"], "rules": [pods]])
        policy.put(.clusterRoleBinding, Self.binding("r", ["system:nodes"]))
        let chain = AuthorizerChain([NodeAuthorizer(), RBACAuthorizer(policy)])
        let node = RequestIdentity(user: "system:node:n", groups: ["system:nodes"])
        let list = chain.rules(for: node, namespace: "default")
        #expect(list.rules == [PolicyRule(verbs: ["get", "list"], apiGroups: [""], resources: ["pods"])])
        #expect(list.gap != nil)
        let admin = RequestIdentity(user: "a", groups: ["system:masters"])
        #expect(chain.rules(for: admin, namespace: "default").gap == nil)
        #expect(chain.rules(for: admin, namespace: "default").rules.count == 2)
    }
}
