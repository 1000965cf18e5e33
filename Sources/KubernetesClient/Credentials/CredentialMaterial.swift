import FoundationEssentials

/// The bytes behind credentials, as they were read; equal where nothing was rotated.
struct CredentialMaterial: Sendable, Equatable {
    /// Certificate authorities, PEM; nil for the system's.
    var authorities: [UInt8]?
    /// The client's certificate chain, PEM.
    var certificate: [UInt8]?
    /// The key of that certificate, PEM.
    var key: [UInt8]?
    /// The value of `Authorization`.
    var authorization: String?
}

extension CredentialMaterial {
    mutating func setToken(_ bytes: [UInt8], from source: String) throws(ClientError) {
        let token = String(decoding: bytes, as: UTF8.self).trimmingWhitespace()
        guard !token.isEmpty else { throw .credentials("\(source) is empty; it must hold a bearer token") }
        // A header cannot hold control characters; such a token would be refused deep inside the HTTP client.
        guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw .credentials("\(source) holds characters that a bearer token cannot have")
        }
        authorization = "Bearer \(token)"
    }

    mutating func setBasic(username: String, password: String) {
        authorization = "Basic \(Data("\(username):\(password)".utf8).base64EncodedString())"
    }
}

extension String {
    /// The text without white space and line ends around it.
    func trimmingWhitespace() -> String {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
