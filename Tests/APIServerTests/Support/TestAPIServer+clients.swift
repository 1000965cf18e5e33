import KubernetesTesting

extension TestAPIServer {
    /// A folder with `kubeconfig`, by which programs reach this server as the administrator.
    func makeClientFolder() async throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("ca.crt", try await TestCertificates.shared.value.authority)
        try folder.write(
            "kubeconfig",
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "https://127.0.0.1:\(port)", certificate-authority: ca.crt}}]
            users: [{name: u, user: {token: admin}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            current-context: x
            """
        )
        return folder
    }
}
