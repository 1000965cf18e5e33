import SwiftASN1
import X509

extension RequestIdentity {
    /// The user that a client certificate names: its common name, with its organizations as groups.
    ///
    /// The TLS library has checked that a trusted authority signed it, and when it is valid.
    /// Source: `k8s.io/apiserver/pkg/authentication/request/x509`.
    ///
    /// - Parameter certificate: DER.
    /// - Returns: Nil where it is no certificate, or names nobody.
    public init?(certificate: [UInt8]) {
        guard let parsed = try? Certificate(derEncoded: certificate) else { return nil }
        var user: String?
        var groups: [String] = []
        for relative in parsed.subject {
            for attribute in relative {
                if attribute.type == .RDNAttributeType.commonName { user = String(describing: attribute.value) }
                if attribute.type == .RDNAttributeType.organizationName {
                    groups.append(String(describing: attribute.value))
                }
            }
        }
        guard let user, !user.isEmpty else { return nil }
        self.init(user: user, groups: groups + ["system:authenticated"])
    }
}
