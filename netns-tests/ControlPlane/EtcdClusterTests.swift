import Glibc
import Netlink
import Testing

/// Two control planes over three members of etcd, and what may become of them.
@Suite(
    .serialized,
    .enabled(if: Privilege.isAvailable, Privilege.reason),
    .enabled(if: access(EtcdClusterBed.etcd, X_OK) == 0, "etcd is not installed (Debian's etcd-server)"),
    .timeLimit(.minutes(5))
)
struct EtcdClusterTests {
    private static let secret = """
        {"apiVersion":"v1","kind":"Secret","type":"kubernetes.io/service-account-token","metadata":{"name":"t",\
        "annotations":{"kubernetes.io/service-account.name":"default"}}}
        """

    @Test("the loss of a member and of a control plane loses nothing, and the rest goes on")
    func losses() async throws {
        let bed = try await EtcdClusterBed()
        try await bed.expect("10.0.4.2 10.0.5.2", on: "b", "get", "endpointslice", "kubernetes", "-o", Self.addresses)
        try await bed.kubectl("a", "create", "configmap", "m", "--from-literal=x=1")
        #expect(try await bed.kubectl("b", "get", "configmap", "m", "-o", "jsonpath={.data.x}") == "1")
        try await Self.tokenIsFilled(bed)
        try await Self.healthIsTold(bed)

        // A member is cut off from the others, one after the other: whichever is watched, or leads.
        for number in 1...3 {
            try await bed.isolate(number)
            for (writer, reader) in [("a", "b"), ("b", "a")] {
                let value = "\(number)\(writer)"
                let patch = #"{"data":{"x":"\#(value)"}}"#
                try await eventually("a write by \(writer) without e\(number)", within: .seconds(60)) { () -> Bool in
                    (try? await bed.kubectl(writer, "patch", "configmap", "m", "-p", patch)) != nil
                }
                try await bed.expect(value, on: reader, "get", "configmap", "m", "-o", "jsonpath={.data.x}")
            }
            try await bed.heal()
        }
        // The member that comes back has the others choose a leader anew.
        for name in ["a", "b"] { try await bed.expect("ok", on: name, "get", "--raw", "/readyz") }

        // The control plane that leads is killed: the other one takes over, and its address leaves.
        let metrics = try await Program.run(
            ["curl", "-s", "http://127.0.0.1:10252/metrics"],
            in: bed.lab["a"].namespace.duplicate()
        )
        let mark = #"leader_election_master_status{name="kube-controller-manager"} 1"#
        let leader = metrics.contains(mark) ? "a" : "b"
        let other = leader == "a" ? "b" : "a"
        try await bed.kubectl(leader, "create", "deployment", "web", "--image=host", "--replicas=1")
        bed.planes[leader]?.signal(SIGKILL)
        try await bed.kubectl(other, "scale", "deployment", "web", "--replicas=3")
        try await bed.expect(
            "3",
            on: other,
            "get",
            "deployment",
            "web",
            "-o",
            "jsonpath={.status.replicas}",
            within: .seconds(90)
        )
        let left = leader == "a" ? "10.0.5.2" : "10.0.4.2"
        try await bed.expect(left, on: other, "get", "endpointslice", "kubernetes", "-o", Self.addresses)
        #expect(try await bed.kubectl(other, "get", "configmap", "m", "-o", "jsonpath={.data.x}") == "3b")
    }

    private static let addresses = "jsonpath={.endpoints[*].addresses[0]}"

    /// A Secret that asks for a token gets one, with which a client is the account.
    private static func tokenIsFilled(_ bed: EtcdClusterBed) async throws {
        try await bed.expect("default", on: "a", "get", "serviceaccount", "default", "-o", "jsonpath={.metadata.name}")
        try await bed.kubectl("a", "create", "-f", "-", input: secret)
        var token = ""
        try await eventually("the Secret to be filled") { () -> Bool in
            token = try await bed.kubectl("b", "get", "secret", "t", "-o", "go-template={{.data.token | base64decode}}")
            return token.split(separator: ".").count == 3
        }
        let words = ["curl", "-sk", "-H", "Authorization: Bearer \(token)", "https://10.0.5.2:6443/api/v1/secrets"]
        let answer = try await Program.run(words, in: bed.lab["b"].namespace.duplicate())
        #expect(answer.contains(#"User \"system:serviceaccount:default:default\" cannot list resource \"secrets\""#))
    }

    /// Controllers and scheduler answer over HTTPS, and on their older ports over HTTP.
    private static func healthIsTold(_ bed: EtcdClusterBed) async throws {
        let authority = "\(bed.folder.path)/a/pki/ca.crt"
        for port in [10_257, 10_259] {
            let words = ["curl", "-s", "--cacert", authority, "https://localhost:\(port)/healthz"]
            #expect(try await Program.run(words, in: bed.lab["a"].namespace.duplicate()) == "ok")
        }
        for port in [10_252, 10_251] {
            let words = ["curl", "-s", "http://127.0.0.1:\(port)/healthz"]
            #expect(try await Program.run(words, in: bed.lab["a"].namespace.duplicate()) == "ok")
        }
    }
}
