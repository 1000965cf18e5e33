import Addressing
import Netlink

/// What plug-ins made for a container (CNI specification 1.1.0, "Success"): what one prints, and the next one reads.
struct CNIResult: Sendable, Hashable {
    var interfaces: [Interface] = []
    var addresses: [Address] = []
    var routes: [Route] = []
    var dns = DNS()

    /// An interface, in the container or on the host.
    struct Interface: Sendable, Hashable {
        var name = ""
        var mac = ""
        /// In bytes; since 1.1.0.
        var mtu: Int?
        /// The path of its namespace; empty for the host's.
        var sandbox = ""
        /// Since 1.1.0.
        var socketPath = ""
        /// Since 1.1.0.
        var pciID = ""
    }

    /// An address with the length of its prefix: `10.32.0.5/32`.
    struct Address: Sendable, Hashable {
        var address = ""
        var gateway = ""
        /// Which of the interfaces has it, from 0.
        var interface: Int?
    }

    /// A route of the container.
    struct Route: Sendable, Hashable {
        var destination = ""
        var gateway = ""
        /// Since 1.1.0, as the rest.
        var mtu: Int?
        var advertisedMSS: Int?
        var priority: Int?
        var table: Int?
        var scope: Int?
    }

    /// What the container's resolver is to be told.
    struct DNS: Sendable, Hashable {
        var nameservers: [String] = []
        var domain = ""
        var search: [String] = []
        var options: [String] = []
    }
}

extension CNIResult {
    /// Adds what was made of an attachment.
    mutating func add(_ attachment: PodAttachment) {
        interfaces.append(
            Interface(
                name: attachment.hostInterface,
                mac: attachment.hostLinkAddress.description,
                mtu: Int(attachment.mtu)
            )
        )
        let index = interfaces.count
        interfaces.append(
            Interface(
                name: attachment.key.interface,
                mac: attachment.containerLinkAddress.description,
                mtu: Int(attachment.mtu),
                sandbox: attachment.namespace
            )
        )
        for address in attachment.addresses {
            let gateway = attachment.gateway(address.family)?.description ?? ""
            addresses.append(
                Address(
                    address: "\(address)/\(attachment.prefixLength(of: address))",
                    gateway: gateway,
                    interface: index
                )
            )
            guard !gateway.isEmpty else { continue }
            for destination in attachment.destinations(address.family) {
                routes.append(Route(destination: destination.description, gateway: gateway))
            }
        }
    }

    /// Whether it tells of an attachment as it is.
    func tells(of attachment: PodAttachment, namespace: String) -> Bool {
        interfaces.contains { $0.name == attachment.key.interface && $0.sandbox == namespace }
            && attachment.addresses.allSatisfy { address in
                let text = "\(address)/\(attachment.prefixLength(of: address))"
                return addresses.contains { $0.address == text }
            }
    }
}
