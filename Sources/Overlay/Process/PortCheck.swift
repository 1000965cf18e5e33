import Addressing
import Glibc
import Netlink
import Observability

/// Looks whether the ports are free, before anything is touched.
struct PortCheck {
    /// Who listens on a port, for the error.
    struct Use: Equatable {
        /// TCP or UDP.
        var transport: TransportProtocol
        /// Where.
        var address: ListenAddress
        /// What for: `the mesh`.
        var purpose: String
        /// The flag that chooses another.
        var flag: String
    }

    /// All that is needed, on a host with those links.
    ///
    /// - Parameter isOurs: Whether a link, by name, is one of ours: its port is in use, by us.
    static func uses(
        _ configuration: OverlayConfiguration,
        links: [Link],
        isOurs: (String) -> Bool
    ) -> [Use] {
        var uses: [Use] = []
        if case .mesh = configuration.membership {
            uses += ListenAddress.everyAddress(port: Int(configuration.port)).map {
                Use(transport: .tcp, address: $0, purpose: "the mesh", flag: "--port")
            }
        }
        if let address = configuration.statusAddress {
            uses.append(Use(transport: .tcp, address: address, purpose: "status pages", flag: "--http-address"))
        }
        // The device that has it may have been left by the last run.
        if !links.contains(where: { isOurs($0.name) && $0.name != configuration.wireGuardDevice }) {
            uses += ListenAddress.everyAddress(port: Int(configuration.vxlanPort)).map {
                Use(transport: .udp, address: $0, purpose: "VXLAN", flag: "--port")
            }
        }
        if !links.contains(where: { $0.name == configuration.wireGuardDevice }) {
            uses += ListenAddress.everyAddress(port: Int(configuration.port)).map {
                Use(transport: .udp, address: $0, purpose: "the encrypted path", flag: "--port")
            }
        }
        return uses
    }

    /// Throws for the first that somebody else has.
    static func run(_ uses: [Use]) throws(OverlayStartError) {
        for use in uses where isTaken(use) {
            throw OverlayStartError(
                """
                \(use.transport) \(use.address), for \(use.purpose), is in use by another \
                program: stop it, or choose another port with \(use.flag)
                """
            )
        }
    }

    /// Whether the kernel says that somebody has the port. All other errors are for who really listens to tell.
    private static func isTaken(_ use: Use) -> Bool {
        guard let address = IPAddress(use.address.host), let port = UInt16(exactly: use.address.port), port != 0 else {
            return false
        }
        let family = address.family == .ipv4 ? AF_INET : AF_INET6
        let type = use.transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
        let descriptor = socket(family, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        // As the servers do: connections of a server that has ended may linger.
        if use.transport == .tcp { setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size) }
        switch address {
        case .v4(let number):
            var socketAddress = sockaddr_in()
            socketAddress.sin_family = sa_family_t(AF_INET)
            socketAddress.sin_port = port.bigEndian
            socketAddress.sin_addr.s_addr = number.bigEndian
            return isTaken(descriptor, &socketAddress)
        case .v6:
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &one, size)
            var socketAddress = sockaddr_in6()
            socketAddress.sin6_family = sa_family_t(AF_INET6)
            socketAddress.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &socketAddress.sin6_addr) { $0.copyBytes(from: address.networkBytes) }
            return isTaken(descriptor, &socketAddress)
        }
    }

    private static func isTaken<Address>(_ descriptor: Int32, _ address: inout Address) -> Bool {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) != 0 && errno == EADDRINUSE
            }
        }
    }
}
