import Addressing
import Glibc
import Netlink
import OverlayCore

/// Turns what users call a peer (`host`, `host:port`, `10.0.0.1`, `[fd00::1]:6783`) into addresses.
///
/// Names are looked up anew each time, on a thread of its own: the system's resolver may block for seconds. Who is
/// cancelled meanwhile does not wait for it.
final class TargetResolver: Sendable {
    private let thread = ThreadExecutor(name: "resolver")
    private let defaultPort: UInt16
    private let lookUp: @Sendable (String) -> [IPAddress]

    /// - Parameter lookUp: Gives the addresses of a name; may block.
    init(defaultPort: UInt16, lookUp: @escaping @Sendable (String) -> [IPAddress] = TargetResolver.askSystem) {
        self.defaultPort = defaultPort
        self.lookUp = lookUp
    }

    /// The addresses of a target; none where its name is not known now.
    func resolve(_ target: String) async -> [PeerAddress] {
        guard let parsed = Target(target, defaultPort: defaultPort) else { return [] }
        if let address = IPAddress(parsed.host) { return [PeerAddress(address: address, port: parsed.port)] }
        let (answers, continuation) = AsyncStream.makeStream(of: [IPAddress].self, bufferingPolicy: .bufferingNewest(1))
        thread.perform { [lookUp] in
            continuation.yield(lookUp(parsed.host))
            continuation.finish()
        }
        for await addresses in answers { return addresses.map { PeerAddress(address: $0, port: parsed.port) } }
        return []
    }

    /// What `getaddrinfo(3)` says.
    @Sendable static func askSystem(_ name: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &first) == 0 else { return [] }
        defer { freeaddrinfo(first) }
        var addresses: [IPAddress] = []
        var next = first
        while let entry = next?.pointee {
            if let address = address(of: entry), !addresses.contains(address) { addresses.append(address) }
            next = entry.ai_next
        }
        return addresses
    }

    private static func address(of entry: addrinfo) -> IPAddress? {
        switch entry.ai_family {
        case AF_INET:
            return entry.ai_addr.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { socket in
                withUnsafeBytes(of: socket.pointee.sin_addr) { IPAddress(networkBytes: Array($0)) }
            }
        case AF_INET6:
            return entry.ai_addr.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { socket in
                withUnsafeBytes(of: socket.pointee.sin6_addr) { IPAddress(networkBytes: Array($0)) }
            }
        default:
            return nil
        }
    }
}

/// What a user calls a peer, taken apart.
struct Target: Equatable {
    var host: String
    var port: UInt16

    /// nil where it has no host, or a port that is none.
    init?(_ text: String, defaultPort: UInt16) {
        var rest = Substring(text)
        var portText: Substring?
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            let after = rest[rest.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { return nil }
            if !after.isEmpty { portText = after.dropFirst() }
            rest = rest[rest.index(after: rest.startIndex)..<end]
            guard IPAddress(rest)?.family == .ipv6 else { return nil }
        } else if IPAddress(rest) == nil, let colon = rest.lastIndex(of: ":") {
            portText = rest[rest.index(after: colon)...]
            rest = rest[..<colon]
        }
        guard !rest.isEmpty, !rest.contains(":") || IPAddress(rest) != nil else { return nil }
        if let portText {
            // `UInt16` takes a sign too.
            guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(portText), port > 0 else {
                return nil
            }
            self.port = port
        } else {
            port = defaultPort
        }
        host = String(rest)
    }
}
