public import Addressing

/// A tracked TCP, UDP or SCTP connection: one entry of the kernel's conntrack table.
public struct Flow: Sendable, Hashable {
    /// The protocol of both directions.
    public var transport: TransportProtocol
    /// Addresses and ports of the first packet, before any translation.
    public var original: Tuple
    /// Those that answers have: where the flow was translated, they are not the original's reversed.
    public var reply: Tuple
    /// What the kernel knows of it (`CTA_STATUS`).
    public var status: FlowStatus
    /// `CTA_MARK`.
    public var mark: UInt32
    /// `CTA_ID`: tells an entry from a later one of the same tuple; nil where it is not known.
    public var id: UInt32?
    /// `CTA_ZONE`: flows of different zones may have equal tuples.
    public var zone: UInt16
    /// `CTA_TIMEOUT`: seconds it has left.
    public var timeout: UInt32?

    /// A flow of these parts.
    public init(
        transport: TransportProtocol,
        original: Tuple,
        reply: Tuple,
        status: FlowStatus = [],
        mark: UInt32 = 0,
        id: UInt32? = nil,
        zone: UInt16 = 0,
        timeout: UInt32? = nil
    ) {
        self.transport = transport
        self.original = original
        self.reply = reply
        self.status = status
        self.mark = mark
        self.id = id
        self.zone = zone
        self.timeout = timeout
    }

    /// The family of its addresses.
    public var family: IPFamily { original.source.family }

    /// Addresses and ports of one direction.
    public struct Tuple: Sendable, Hashable {
        /// Where its packets come from.
        public var source: IPAddress
        /// Where they go.
        public var destination: IPAddress
        /// The port they come from.
        public var sourcePort: UInt16
        /// The port they go to.
        public var destinationPort: UInt16

        /// Addresses and ports of one direction.
        public init(source: IPAddress, destination: IPAddress, sourcePort: UInt16, destinationPort: UInt16) {
            self.source = source
            self.destination = destination
            self.sourcePort = sourcePort
            self.destinationPort = destinationPort
        }

        /// The other direction, where nothing is translated.
        public var reversed: Tuple {
            Tuple(
                source: destination,
                destination: source,
                sourcePort: destinationPort,
                destinationPort: sourcePort
            )
        }
    }
}

extension Flow: CustomStringConvertible {
    /// `UDP 10.0.0.1:4000 -> 10.96.0.10:53`: the original direction.
    public var description: String {
        func text(_ address: IPAddress, _ port: UInt16) -> String {
            address.family == .ipv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
        }
        let source = text(original.source, original.sourcePort)
        return "\(transport) \(source) -> \(text(original.destination, original.destinationPort))"
    }
}

/// What the kernel knows of a flow (`IPS_*`, `include/uapi/linux/netfilter/nf_conntrack_common.h`).
public struct FlowStatus: OptionSet, Sendable, Hashable {
    /// `CTA_STATUS`.
    public var rawValue: UInt32

    /// The status of that number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Both directions had packets (`IPS_SEEN_REPLY`).
    public static let seenReply = FlowStatus(rawValue: 1 << 1)
    /// Not dropped early when the table is full (`IPS_ASSURED`).
    public static let assured = FlowStatus(rawValue: 1 << 2)
    /// In the table (`IPS_CONFIRMED`).
    public static let confirmed = FlowStatus(rawValue: 1 << 3)
    /// Its source was translated (`IPS_SRC_NAT`).
    public static let sourceTranslated = FlowStatus(rawValue: 1 << 4)
    /// Its destination was translated (`IPS_DST_NAT`).
    public static let destinationTranslated = FlowStatus(rawValue: 1 << 5)
}
