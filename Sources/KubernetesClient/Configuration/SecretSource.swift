/// Where bytes of a certificate, a key or a token come from.
public enum SecretSource: Sendable, Equatable {
    /// Given in the configuration itself.
    case inline([UInt8])
    /// A file, read again from time to time because certificates and tokens are rotated.
    case file(String)

    /// The bytes as they are now.
    package func load() throws(ClientError) -> [UInt8] {
        switch self {
        case .inline(let bytes): return bytes
        case .file(let path):
            do {
                return try LocalFile.read(path, limit: 1 << 20)
            } catch {
                throw .credentials("cannot read \(error)")
            }
        }
    }

    /// True where reading again may give other bytes.
    var canChange: Bool {
        switch self {
        case .inline: false
        case .file: true
        }
    }
}
