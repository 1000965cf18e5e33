import Addressing
import NIOCore

/// The addresses that this machine has, in the network namespace of the process.
enum LocalAddresses {
    /// Those of links that can be listened on without naming the link, in order.
    static func all() -> [IPAddress] {
        let devices = (try? System.enumerateDevices()) ?? []
        let addresses = devices.compactMap { device in
            device.address?.ipAddress.flatMap { IPAddress($0) }
        }
        return Set(addresses.filter(canListen)).sorted()
    }

    /// Whether an address means one host without naming a link: those of IPv6 links do not, those of 169.254.0.0/16 do,
    /// where node-local resolvers are by custom.
    static func canListen(_ address: IPAddress) -> Bool {
        let needsLink = address.family == .ipv6 && address.isLinkLocal
        return !needsLink && !address.isMulticast && !address.isUnspecified
    }

    /// The subnets of its links.
    static func subnets() -> [IPPrefix] {
        let devices = (try? System.enumerateDevices()) ?? []
        return devices.compactMap { device in
            guard let address = device.address?.ipAddress.flatMap({ IPAddress($0) }) else { return nil }
            return device.netmask?.ipAddress.flatMap { IPAddress($0) }.flatMap { subnet(of: address, mask: $0) }
        }
    }

    /// The subnet of an address with a mask of ones and then zeros; nil where that is everything.
    static func subnet(of address: IPAddress, mask: IPAddress) -> IPPrefix? {
        let length = mask.networkBytes.reduce(0) { $0 + $1.nonzeroBitCount }
        guard length > 0, mask.family == address.family else { return nil }
        return IPPrefix(address, length: length)
    }

    /// An endpoint with each of the machine's addresses where it is 0.0.0.0 or ::; else the endpoint itself.
    static func expand(_ endpoint: ServerEndpoint) -> [ServerEndpoint] {
        guard endpoint.address.isUnspecified else { return [endpoint] }
        return all().filter { $0.family == endpoint.address.family }.map { ServerEndpoint($0, port: endpoint.port) }
    }
}
