import CLinux

/// One change of a link, an address, a route, a neighbour or a forwarding entry, as a value: many are sent at once with
/// ``RouteConnection/perform(_:)-([RouteRequest])``.
public enum RouteRequest: Sendable, Hashable {
    /// Makes a link.
    case addLink(Link)
    /// Changes the link of that ifindex, all of it or nothing.
    case setLink(UInt32, RouteConnection.LinkChange)
    /// Deletes the link of that ifindex; a veth's other end goes with it.
    case deleteLink(UInt32)
    /// Gives a link an address; fails where it has it (`EEXIST`).
    case addAddress(InterfaceAddress)
    /// Takes an address from a link.
    case removeAddress(InterfaceAddress)
    /// Adds a route; fails where one to the same destination with the same metric is there (`EEXIST`).
    case addRoute(Route)
    /// Adds a route, in place of one to the same destination with the same metric: no packet sees a gap.
    case replaceRoute(Route)
    /// Removes a route.
    case removeRoute(Route)
    /// Puts a neighbour into the table, in place of what is known of its address.
    case setNeighbour(Neighbour)
    /// Removes a neighbour.
    case removeNeighbour(Neighbour)
    /// Adds a forwarding entry; fails where there is one for the address (`EEXIST`).
    case addForwardingEntry(FDBEntry)
    /// Puts a forwarding entry into the table, in place of the one for its address.
    case replaceForwardingEntry(FDBEntry)
    /// Adds one more far end for an address: frames to it are copied to each (a tunnel's all-zero entry).
    case appendForwardingEntry(FDBEntry)
    /// Removes a forwarding entry.
    case removeForwardingEntry(FDBEntry)
}

extension RouteRequest: CustomStringConvertible {
    /// What is done to which object, as errors say it: `add route 10.0.0.0/24 to table 254`.
    public var description: String {
        switch self {
        case .addLink(let link): "add link \(link.name)"
        case .setLink(let index, _): "set link \(index)"
        case .deleteLink(let index): "delete link \(index)"
        case .addAddress(let address):
            "add address \(address.address)/\(address.prefixLength) to link \(address.interface)"
        case .removeAddress(let address):
            "remove address \(address.address)/\(address.prefixLength) from link \(address.interface)"
        case .addRoute(let route): "add route \(route.destination) to table \(route.table)"
        case .replaceRoute(let route): "replace route \(route.destination) in table \(route.table)"
        case .removeRoute(let route): "remove route \(route.destination) from table \(route.table)"
        case .setNeighbour(let neighbour): "set neighbour \(neighbour.address) on link \(neighbour.interface)"
        case .removeNeighbour(let neighbour):
            "remove neighbour \(neighbour.address) from link \(neighbour.interface)"
        case .addForwardingEntry(let entry): "add forwarding entry \(entry.address)"
        case .replaceForwardingEntry(let entry): "replace forwarding entry \(entry.address)"
        case .appendForwardingEntry(let entry): "append forwarding entry \(entry.address)"
        case .removeForwardingEntry(let entry): "remove forwarding entry \(entry.address)"
        }
    }
}

extension RouteRequest {
    /// Writes the message that asks for it.
    ///
    /// - Parameter acknowledged: Whether the kernel is to answer a success too.
    func encode(into writer: inout MessageWriter, sequence: UInt32 = 0, acknowledged: Bool = false) {
        let (type, flags) = header
        let all = acknowledged ? flags.union(.acknowledge) : flags
        writer.message(type: UInt16(type), flags: all, sequence: sequence) { body in
            switch self {
            case .addLink(let link): link.encode(into: &body)
            case .setLink(let index, let change): change.encode(index, into: &body)
            case .deleteLink(let index):
                var header = ifinfomsg()
                header.ifi_index = Int32(bitPattern: index)
                body.fixedHeader(header)
            case .addAddress(let address), .removeAddress(let address): address.encode(into: &body)
            case .addRoute(let route), .replaceRoute(let route), .removeRoute(let route): route.encode(into: &body)
            case .setNeighbour(let neighbour), .removeNeighbour(let neighbour): neighbour.encode(into: &body)
            case .addForwardingEntry(let entry), .replaceForwardingEntry(let entry),
                .appendForwardingEntry(let entry), .removeForwardingEntry(let entry):
                entry.encode(into: &body)
            }
        }
    }

    private var header: (type: Int, flags: MessageFlags) {
        switch self {
        case .addLink: (RTM_NEWLINK, [.create, .exclusive])
        case .setLink: (RTM_NEWLINK, [])
        case .deleteLink: (RTM_DELLINK, [])
        case .addAddress: (RTM_NEWADDR, [.create, .exclusive])
        case .removeAddress: (RTM_DELADDR, [])
        case .addRoute: (RTM_NEWROUTE, [.create, .exclusive])
        case .replaceRoute: (RTM_NEWROUTE, [.create, .replace])
        case .removeRoute: (RTM_DELROUTE, [])
        case .setNeighbour, .replaceForwardingEntry: (RTM_NEWNEIGH, [.create, .replace])
        case .removeNeighbour, .removeForwardingEntry: (RTM_DELNEIGH, [])
        case .addForwardingEntry: (RTM_NEWNEIGH, [.create, .exclusive])
        case .appendForwardingEntry: (RTM_NEWNEIGH, [.create, .append])
        }
    }
}
