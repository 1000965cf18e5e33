import KubernetesClient
import KubernetesTesting
import Testing

@Suite("Configuration in a pod")
struct InClusterTests {
    @Test("The environment gives the server, IPv6 too; the service account gives token and authority")
    func pod() throws {
        let folder = try TemporaryFolder()
        try folder.write("token", "abc\n")
        let configuration = try ClientConfiguration.inCluster(
            environment: ["KUBERNETES_SERVICE_HOST": "fd00:10:96::1", "KUBERNETES_SERVICE_PORT": "443"],
            directory: folder.path
        )
        #expect(configuration.server.description == "https://[fd00:10:96::1]:443")
        #expect(configuration.authentication == .token(.file("\(folder.path)/token")))
        #expect(configuration.trust.authorities == .file("\(folder.path)/ca.crt"))
    }

    @Test("Outside of a pod the error says what to do")
    func noPod() throws {
        let error = try #require(throws: ClientError.self) { try ClientConfiguration.inCluster(environment: [:]) }
        #expect(
            error.description
                == "in-cluster configuration: KUBERNETES_SERVICE_HOST is not set, so this is not a pod; "
                + "give --kubeconfig or --master"
        )
    }

    @Test("A pod without a service account token is told of it at once")
    func noToken() throws {
        let folder = try TemporaryFolder()
        let error = try #require(throws: ClientError.self) {
            try ClientConfiguration.inCluster(
                environment: ["KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"],
                directory: folder.path
            )
        }
        #expect(error.description.contains("\(folder.path)/token: No such file or directory"))
        #expect(error.description.contains("mount a service account token"))
    }
}
