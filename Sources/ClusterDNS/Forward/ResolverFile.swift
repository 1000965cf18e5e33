import Addressing

/// What `/etc/resolv.conf` says (resolv.conf(5)), as far as a forwarder is concerned.
enum ResolverFile {
    /// The most name servers that count.
    static let serverLimit = 16

    /// The name servers, in order; addresses that cannot be read, and those with a zone, are passed over.
    static func nameServers(_ text: String) -> [ServerEndpoint] {
        var servers: [ServerEndpoint] = []
        for line in text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard fields.count >= 2, fields[0] == "nameserver", let address = IPAddress(fields[1]) else { continue }
            let server = ServerEndpoint(address)
            if !servers.contains(server), servers.count < serverLimit { servers.append(server) }
        }
        return servers
    }
}
