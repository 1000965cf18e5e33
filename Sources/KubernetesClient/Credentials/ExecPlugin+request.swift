import FoundationEssentials
import JSON
import KubernetesAPI

extension ExecPlugin {
    /// The `ExecCredential` that tells a program what is wanted, as JSON: the value of `KUBERNETES_EXEC_INFO`.
    func requestJSON() throws(ClientError) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("apiVersion", version.rawValue)
        writer.member("kind", "ExecCredential")
        writer.name("spec")
        writer.beginObject()
        if let cluster { try Self.write(cluster, to: &writer) }
        // There is nobody who could be asked.
        writer.member("interactive", false)
        writer.endObject()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func write(_ cluster: ClusterInfo, to writer: inout JSONWriter) throws(ClientError) {
        let authorities = try cluster.trust.authorities?.load()
        writer.name("cluster")
        writer.beginObject()
        writer.member("server", cluster.server)
        writer.member("tls-server-name", cluster.trust.serverName)
        if cluster.trust.acceptsAnyCertificate { writer.member("insecure-skip-tls-verify", true) }
        writer.member("certificate-authority-data", authorities.map { Data($0).base64EncodedString() })
        writer.endObject()
    }
}
