import Testing

@testable import Proxy

@Suite struct ProxyFlagsTests {
    @Test(
        "arguments are taken apart as Go's flag package does",
        arguments: [
            (["--masquerade-all"], ["--masquerade-all", "true"]),
            (["--masquerade-all=false"], ["--masquerade-all", "false"]),
            (["--masquerade-all", "--v", "2"], ["--masquerade-all", "true", "--v", "2"]),
            (["-v=2"], ["-v", "2"]),
            (["-v", "2"], ["-v", "2"]),
            (["-v2"], ["-v2"]),
            (["--metrics-bind-address="], ["--metrics-bind-address", ""]),
            (["--oom-score-adj", "-5"], ["--oom-score-adj", "-5"]),
            (["--feature-gates=A=true,B=false"], ["--feature-gates", "A=true,B=false"]),
            (["--kubeconfig", "--cleanup"], ["--kubeconfig", "--cleanup"]),
            (["--kubeconfig"], ["--kubeconfig"]),
            (["proxy", "--help", "--unknown=1", "-"], ["proxy", "--help", "--unknown=1", "-"]),
            (["--", "--cleanup"], ["--", "--cleanup"]),
        ]
    )
    func normalizing(arguments: [String], normalized: [String]) {
        #expect(ProxyFlags.normalizing(arguments) == normalized)
    }
}
