import Glibc
import KubeletServer
import KubernetesTesting
import Testing

/// The official Python client, through a real API server to a node.
@Suite(
    .enabled(
        if: TestCluster.hasKubectl && access("/usr/lib/python3/dist-packages/kubernetes/__init__.py", R_OK) == 0,
        "kubectl or python3-kubernetes is not installed"
    ),
    .timeLimit(.minutes(3))
)
struct PythonLogTests {
    @Test func `logs are read and followed`() async throws {
        let log = MemoryLog(["one", "two"])
        log.end()
        try await TestCluster.run(TestPods(logs: ["default/web/app": log])) { cluster in
            try await cluster.makePod("web")
            let script = """
                import sys
                from kubernetes import client, config, watch
                from kubernetes.client.rest import ApiException

                config.load_kube_config(sys.argv[1])
                core = client.CoreV1Api()
                assert core.read_namespaced_pod_log("web", "default") == "one\\ntwo\\n"
                assert core.read_namespaced_pod_log("web", "default", tail_lines=1) == "two\\n"
                lines = list(watch.Watch().stream(core.read_namespaced_pod_log, "web", "default"))
                assert lines == ["one", "two"], lines
                try:
                    core.read_namespaced_pod_log("web", "default", container="none")
                    raise AssertionError("a container that there is not was found")
                except ApiException as error:
                    assert error.status == 400, error
                """
            try await cluster.runPython(script)
        }
    }
}
