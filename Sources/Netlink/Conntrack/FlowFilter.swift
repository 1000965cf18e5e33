public import Addressing
import CNetfilter

/// Which flows are asked for. The kernel leaves out the others where it can (from 5.8 on); what it sends is compared
/// again here.
public struct FlowFilter: Sendable, Hashable {
    /// The family of the addresses.
    public var family: IPFamily
    /// The protocol; nil is TCP, UDP and SCTP.
    public var transport: TransportProtocol?
    /// Where the first packet went, before translation.
    public var originalDestination: IPAddress?
    /// The port it went to; needs `transport`.
    public var originalDestinationPort: UInt16?
    /// Flags that the flow must all have.
    public var status: FlowStatus

    /// Flows of one family that match everything that is not nil.
    public init(
        family: IPFamily,
        transport: TransportProtocol? = nil,
        originalDestination: IPAddress? = nil,
        originalDestinationPort: UInt16? = nil,
        status: FlowStatus = []
    ) {
        self.family = family
        self.transport = transport
        self.originalDestination = originalDestination
        self.originalDestinationPort = originalDestinationPort
        self.status = status
    }

    /// Whether the flow is asked for.
    public func matches(_ flow: Flow) -> Bool {
        flow.family == family
            && (transport == nil || flow.transport == transport)
            && (originalDestination == nil || flow.original.destination == originalDestination)
            && (originalDestinationPort == nil || flow.original.destinationPort == originalDestinationPort)
            && flow.status.isSuperset(of: status)
    }

    /// Bits of `CTA_FILTER_ORIG_FLAGS`: which parts of the tuple the kernel compares.
    /// From `net/netfilter/nf_internals.h` of the kernel; they are ABI, but in no uapi header.
    private static let comparesDestination: UInt32 = 1 << 1
    private static let comparesProtocol: UInt32 = 1 << 3
    private static let comparesDestinationPort: UInt32 = 1 << 5

    /// Writes the body of a dump request.
    func encode(into message: inout MessageWriter) {
        Flow.encodeHeader(of: family, into: &message)
        if !status.isEmpty {
            message.attribute(UInt16(CTA_STATUS.rawValue), status.rawValue.bigEndian)
            message.attribute(UInt16(CTA_STATUS_MASK.rawValue), status.rawValue.bigEndian)
        }
        var compared: UInt32 = 0
        // Only IPv4: the kernel's comparison of IPv6 addresses is inverted and leaves out just those that are equal
        // (seen on 6.18, `ctnetlink_filter_match_tuple`).
        let address = family == .ipv4 && originalDestination?.family == .ipv4 ? originalDestination : nil
        if address != nil { compared |= Self.comparesDestination }
        if transport != nil { compared |= Self.comparesProtocol }
        if transport != nil, originalDestinationPort != nil { compared |= Self.comparesDestinationPort }
        guard compared != 0 else { return }
        message.nested(UInt16(CTA_TUPLE_ORIG.rawValue)) { tuple in
            if let address {
                tuple.nested(UInt16(CTA_TUPLE_IP.rawValue)) {
                    $0.attribute(UInt16(CTA_IP_V4_DST.rawValue), address: address)
                }
            }
            if let transport {
                tuple.nested(UInt16(CTA_TUPLE_PROTO.rawValue)) { ports in
                    ports.attribute(UInt16(CTA_PROTO_NUM.rawValue), transport.rawValue)
                    if let originalDestinationPort {
                        ports.attribute(UInt16(CTA_PROTO_DST_PORT.rawValue), originalDestinationPort.bigEndian)
                    }
                }
            }
        }
        message.nested(UInt16(CTA_FILTER.rawValue)) {
            $0.attribute(UInt16(CTA_FILTER_ORIG_FLAGS.rawValue), compared)
            $0.attribute(UInt16(CTA_FILTER_REPLY_FLAGS.rawValue), UInt32(0))
        }
    }
}
