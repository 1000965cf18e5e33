import Glibc
import JSON
import KubernetesTesting
import Subprocess
import Testing

/// The real `kubectl`, with commands that people use.
@Suite(.enabled(if: Kubectl.isInstalled, "kubectl is not installed"), .timeLimit(.minutes(3)))
struct KubectlTests {
    @Test(arguments: TestStore.available)
    func `objects are applied, read, changed and deleted`(store: TestStore) async throws {
        try await TestAPIServer.run(on: store) { server in
            let kubectl = try await Kubectl(server)
            let manifest = """
                apiVersion: v1
                kind: Service
                metadata:
                  name: web
                  labels: {app: web}
                spec:
                  selector: {app: web}
                  ports: [{name: http, port: 80, targetPort: 8080}]
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: cm}
                data: {a: "1"}
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: d}
                spec:
                  replicas: 2
                  selector: {matchLabels: {app: d}}
                  template:
                    metadata: {labels: {app: d}}
                    spec: {containers: [{name: c, image: x}]}
                """
            #expect(try await kubectl("apply", "-f", "-", input: manifest).contains("service/web created"))
            #expect(try await kubectl("apply", "-f", "-", input: manifest).contains("service/web unchanged"))
            let changed = manifest.replacing("a: \"1\"", with: "a: \"2\"")
            #expect(try await kubectl("apply", "-f", "-", input: changed).contains("configmap/cm configured"))
            #expect(try await kubectl("get", "services").contains("10.96."))
            #expect(try await kubectl("get", "service", "web", "-o", "jsonpath={.spec.ports[0].targetPort}") == "8080")
            #expect(try await kubectl("get", "all").contains("deployment.apps/d"))
            #expect(try await kubectl("scale", "deployment", "d", "--replicas=3").contains("scaled"))
            #expect(try await kubectl("get", "deployment", "d", "-o", "jsonpath={.spec.replicas}") == "3")
            #expect(try await kubectl("label", "configmap", "cm", "x=y").contains("labeled"))
            #expect(try await kubectl("get", "configmaps", "-l", "x=y", "-o", "name") == "configmap/cm\n")
            #expect(
                try await kubectl("patch", "service", "web", "-p", #"{"spec":{"sessionAffinity":"ClientIP"}}"#)
                    .contains("patched")
            )
            #expect(try await kubectl("describe", "service", "web").contains("ClientIP"))
            #expect(try await kubectl("create", "deployment", "e", "--image=x").contains("created"))
            #expect(try await kubectl("delete", "configmap", "cm").contains("deleted"))
            #expect(try await kubectl.failure("get", "configmap", "cm").contains("not found"))
        }
    }

    @Test(arguments: TestStore.available)
    func `discovery, versions and explanations are understood`(store: TestStore) async throws {
        try await TestAPIServer.run(on: store) { server in
            let kubectl = try await Kubectl(server)
            #expect(try await kubectl("version").contains("v1.36.0+trama"))
            let resources = try await kubectl("api-resources")
            for name in ["services", "endpointslices", "networkpolicies", "leases", "clusterroles"] {
                #expect(resources.contains(name))
            }
            #expect(try await kubectl("api-versions").contains("discovery.k8s.io/v1"))
        }
    }
}

/// Runs `kubectl` as the administrator.
struct Kubectl: Sendable {
    static let path = "/usr/bin/kubectl"
    static var isInstalled: Bool { access(path, X_OK) == 0 }
    private let folder: TemporaryFolder

    init(_ server: TestAPIServer) async throws {
        folder = try await server.makeClientFolder()
    }

    /// Runs a command that succeeds, and returns what it prints.
    func callAsFunction(_ arguments: String..., input: String = "") async throws -> String {
        let (output, error, succeeded) = try await run(arguments, input)
        guard succeeded else { throw TestFailure("kubectl \(arguments.joined(separator: " ")): \(error)") }
        return output
    }

    /// Runs a command that fails, and returns what it says.
    func failure(_ arguments: String..., input: String = "") async throws -> String {
        let (output, error, succeeded) = try await run(arguments, input)
        guard !succeeded else { throw TestFailure("kubectl \(arguments.joined(separator: " ")) succeeded: \(output)") }
        return error
    }

    private func run(_ arguments: [String], _ input: String) async throws -> (String, String, Bool) {
        let result = try await Subprocess.run(
            .name("kubectl"),
            arguments: Arguments(
                ["--kubeconfig", "\(folder.path)/kubeconfig", "--cache-dir", "\(folder.path)/cache"] + arguments
            ),
            input: .string(input),
            output: .string(limit: 4 << 20),
            error: .string(limit: 1 << 20)
        )
        return (result.standardOutput, result.standardError, result.terminationStatus.isSuccess)
    }
}
