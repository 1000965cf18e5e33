import FoundationEssentials

extension ExecPlugin {
    /// The `ExecCredential` that tells a program what is wanted, as JSON: the value of `KUBERNETES_EXEC_INFO`.
    func requestJSON() throws(ClientError) -> String {
        var spec = #"{"interactive":false"#
        if let cluster { spec += #","cluster":\#(try Self.json(cluster))"# }
        return #"{"apiVersion":"\#(version.rawValue)","kind":"ExecCredential","spec":\#(spec)}}"#
    }

    private static func json(_ cluster: ClusterInfo) throws(ClientError) -> String {
        var fields = [#""server":\#(quoted(cluster.server))"#]
        if let name = cluster.trust.serverName { fields.append(#""tls-server-name":\#(quoted(name))"#) }
        if cluster.trust.acceptsAnyCertificate { fields.append(#""insecure-skip-tls-verify":true"#) }
        if let authorities = try cluster.trust.authorities?.load() {
            fields.append(#""certificate-authority-data":"\#(Data(authorities).base64EncodedString())""#)
        }
        return "{\(fields.joined(separator: ","))}"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\0"..<" ": result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
