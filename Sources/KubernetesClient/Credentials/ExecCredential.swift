import JSON
import KubernetesAPI

/// What a credential plug-in gives out: the `status` of an `ExecCredential`.
///
/// Format: `k8s.io/client-go/pkg/apis/clientauthentication/v1`.
struct ExecCredential: Sendable, Equatable {
    /// A bearer token.
    var token: String?
    /// A client certificate's chain, PEM.
    var certificate: [UInt8]?
    /// Its key, PEM.
    var key: [UInt8]?
    /// When it ends; nil for when the server refuses it.
    var expiration: Timestamp?

    /// Output that is no such object, or not in the version that was asked for.
    struct FormatError: Error, Equatable, CustomStringConvertible {
        var description: String
    }
}

extension ExecCredential {
    private enum Field: String, CaseIterable {
        case apiVersion, kind, status
    }

    private enum StatusField: String, CaseIterable {
        case token, clientCertificateData, clientKeyData, expirationTimestamp
    }

    private static let fields = JSONFields<Field>()
    private static let statusFields = JSONFields<StatusField>()

    /// Reads a plug-in's output.
    init(json bytes: [UInt8], version: ExecPlugin.Version) throws(FormatError) {
        var apiVersion = ""
        var kind = ""
        var reader = JSONReader(bytes)
        do {
            try reader.beginObject()
            while let field = try reader.nextField(of: Self.fields) {
                switch field {
                case .apiVersion: apiVersion = try reader.readString()
                case .kind: kind = try reader.readString()
                case .status: try readStatus(&reader)
                }
            }
            try reader.finish()
        } catch {
            throw FormatError(description: error.description)
        }
        guard kind == "ExecCredential" else {
            throw FormatError(description: "kind is \"\(kind)\"")
        }
        guard apiVersion == version.rawValue else {
            throw FormatError(description: "apiVersion is \"\(apiVersion)\", but \(version.rawValue) was asked for")
        }
        guard token?.isEmpty == false || certificate != nil else {
            throw FormatError(description: "status has neither a token nor a certificate")
        }
        guard (certificate == nil) == (key == nil) else {
            throw FormatError(description: "status has only one of clientCertificateData and clientKeyData")
        }
    }

    private mutating func readStatus(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.statusFields) {
            switch field {
            case .token:
                token = try reader.readString()
            case .clientCertificateData:
                certificate = Array(try reader.readString().utf8)
            case .clientKeyData:
                key = Array(try reader.readString().utf8)
            case .expirationTimestamp:
                let start = reader.offset
                let text = try reader.readString()
                guard let time = Timestamp(text) else {
                    throw JSONError(offset: start, reason: "expirationTimestamp \"\(text)\" is not an RFC 3339 time")
                }
                expiration = time
            }
        }
    }
}
