import Addressing
import ArgumentParser
import Observability
import OverlayCore

/// Where a server listens; nil for an empty text, which means nowhere.
///
/// - Parameter option: What the text was given as, for the message.
func listenAddress(_ text: String, of option: String) throws -> ListenAddress? {
    guard !text.isEmpty else { return nil }
    let separator = text.lastIndex(of: ":") ?? text.startIndex
    var host = text[..<separator]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard let address = IPAddress(host), let port = UInt16(text[separator...].dropFirst()) else {
        throw ValidationError("\(option) \(text): must be address:port, for example 127.0.0.1:6784 or [::1]:6784")
    }
    return ListenAddress(host: "\(address)", port: Int(port))
}

/// One of the words for when packets between hosts are encrypted.
@Sendable func encryptionPolicy(_ text: String) throws -> EncryptionPolicy {
    guard let policy = EncryptionPolicy(text) else {
        throw ValidationError("\(text): must be require, prefer or off")
    }
    return policy
}
