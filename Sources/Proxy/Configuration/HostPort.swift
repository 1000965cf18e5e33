import Addressing
import Observability

/// Parsing of `address:port`, as Go's `net.SplitHostPort` does.
enum HostPort {
    /// Why a text is not an address and port.
    enum Failure: Error, Equatable {
        case form, address, port

        /// What it must be, in upstream's words.
        var reason: String {
            switch self {
            case .form: "must be IP:port"
            case .address: "must be a valid IP"
            case .port: "must be a valid port"
            }
        }
    }

    /// The address and port of `0.0.0.0:10256`, `[::]:10256` or `:10256` (all addresses).
    static func parse(_ text: String) throws(Failure) -> ListenAddress {
        guard let colon = text.lastIndex(of: ":") else { throw .form }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw .form
        }
        guard let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port) else { throw .port }
        if host.isEmpty { return ListenAddress(host: "::", port: port) }
        guard let address = IPAddress(host) else { throw .address }
        return ListenAddress(host: address.description, port: port)
    }

    /// The text with the port if it is a bare address; otherwise the text, for ``parse(_:)`` to judge.
    static func appending(defaultPort port: Int, to text: String) -> String {
        var bare = Substring(text)
        if bare.hasPrefix("["), bare.hasSuffix("]") { bare = bare.dropFirst().dropLast() }
        guard let address = IPAddress(bare) else { return text }
        return "\(ListenAddress(host: address.description, port: port))"
    }
}
