import KubernetesTesting
import Subprocess
import Testing

extension TestCluster {
    /// Runs a script with Debian's Python, whichever else is on the `PATH`; its one argument is the kubeconfig. It must
    /// succeed.
    func runPython(_ script: String) async throws {
        try folder.write("script.py", script)
        let result = try await Subprocess.run(
            .name("env"),
            arguments: ["/usr/bin/python3", "-W", "ignore", "\(folder.path)/script.py", "\(folder.path)/kubeconfig"],
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        #expect(result.terminationStatus.isSuccess, "\(result.standardOutput)\(result.standardError)")
    }
}
