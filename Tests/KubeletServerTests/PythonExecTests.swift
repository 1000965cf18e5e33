import Glibc
import KubeletServer
import KubernetesTesting
import Testing

/// The official Python client, which speaks version 4 of the channels, through a real API server to real processes.
@Suite(
    .enabled(
        if: TestCluster.hasKubectl && access("/usr/lib/python3/dist-packages/kubernetes/stream/__init__.py", R_OK) == 0,
        "kubectl or python3-kubernetes is not installed"
    ),
    .timeLimit(.minutes(3))
)
struct PythonExecTests {
    @Test func `commands run with input, output and errors`() async throws {
        try await TestCluster.run(TestPods(logs: ["default/web/app": MemoryLog()])) { cluster in
            try await cluster.makePod("web")
            let script = """
                import faulthandler, sys
                from kubernetes import client, config
                from kubernetes.client.rest import ApiException
                from kubernetes.stream import stream

                # Says where it waits, if it does.
                faulthandler.dump_traceback_later(100, exit=True)
                config.load_kube_config(sys.argv[1])
                core = client.CoreV1Api()

                def run(*command, **options):
                    return stream(
                        core.connect_get_namespaced_pod_exec, "web", "default", command=list(command),
                        stdin=options.pop("stdin", False), stdout=True, stderr=True, tty=False, **options,
                    )

                assert run("echo", "a b") == "a b\\n"
                session = run("sh", "-c", "echo err >&2; exit 7", _preload_content=False)
                session.run_forever(timeout=60)
                assert (session.read_stderr(), session.returncode) == ("err\\n", 7), session.returncode
                # Version 4 has no end of input: the command has to know when it has all.
                session = run("head", "-c", "100000", stdin=True, _preload_content=False)
                session.write_stdin("x" * 100000)
                output = ""
                while session.is_open():
                    session.update(timeout=1)
                    if session.peek_stdout(): output += session.read_stdout()
                assert output == "x" * 100000, len(output)
                try:
                    run("ls", container="none")
                    raise AssertionError("a container that there is not was found")
                except ApiException as error:
                    assert "400" in error.reason, error
                """
            try await cluster.runPython(script)
        }
    }
}
