import Glibc
import KubernetesTesting
import Subprocess

/// The official Python client, `kubernetes`, of Debian's package `python3-kubernetes`.
struct PythonClient: Sendable {
    static let isInstalled = access("/usr/lib/python3/dist-packages/kubernetes/client/__init__.py", R_OK) == 0

    private let folder: TemporaryFolder

    init(_ server: TestAPIServer) async throws {
        folder = try await server.makeClientFolder()
    }

    /// What every script begins with.
    private static let prelude = """
        import sys
        from kubernetes import client, config, dynamic, utils, watch
        from kubernetes.client.rest import ApiException

        config.load_kube_config(sys.argv[1])
        core, apps = client.CoreV1Api(), client.AppsV1Api()
        coordination, rbac = client.CoordinationV1Api(), client.RbacAuthorizationV1Api()


        def refused(status, reason, call, *arguments, **options):
            "The call is refused with that status and that reason."
            import json
            try:
                call(*arguments, **options)
            except ApiException as error:
                body = json.loads(error.body)
                assert (error.status, body["reason"]) == (status, reason), (error.status, body)
                return body
            raise AssertionError("not refused")


        def equal(actual, expected):
            assert actual == expected, f"{actual!r} is not {expected!r}"

        """

    /// Runs a script; what it asserts must hold.
    func run(_ script: String) async throws {
        try folder.write("script.py", Self.prelude + script)
        let result = try await Subprocess.run(
            // Debian's, whichever else is on the PATH.
            .name("env"),
            arguments: ["/usr/bin/python3", "-W", "ignore", "\(folder.path)/script.py", "\(folder.path)/kubeconfig"],
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        guard result.terminationStatus.isSuccess else {
            throw TestFailure("\(result.standardOutput)\(result.standardError)")
        }
    }
}
