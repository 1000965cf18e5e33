import Addressing
import CNetfilter

extension Flow {
    /// Writes the body of a conntrack message: `struct nfgenmsg`, then every attribute that is known.
    public func encode(into message: inout MessageWriter) {
        Self.encodeHeader(of: family, into: &message)
        encodeTuple(CTA_TUPLE_ORIG, original, into: &message)
        encodeTuple(CTA_TUPLE_REPLY, reply, into: &message)
        message.attribute(UInt16(CTA_STATUS.rawValue), status.rawValue.bigEndian)
        if let timeout { message.attribute(UInt16(CTA_TIMEOUT.rawValue), timeout.bigEndian) }
        if mark != 0 { message.attribute(UInt16(CTA_MARK.rawValue), mark.bigEndian) }
        if let id { message.attribute(UInt16(CTA_ID.rawValue), id.bigEndian) }
        if zone != 0 { message.attribute(UInt16(CTA_ZONE.rawValue), zone.bigEndian) }
    }

    /// Writes the body of a message that names the flow: of a delete.
    func encodeIdentity(into message: inout MessageWriter) {
        Self.encodeHeader(of: family, into: &message)
        encodeTuple(CTA_TUPLE_ORIG, original, into: &message)
        if let id { message.attribute(UInt16(CTA_ID.rawValue), id.bigEndian) }
        if zone != 0 { message.attribute(UInt16(CTA_ZONE.rawValue), zone.bigEndian) }
    }

    static func encodeHeader(of family: IPFamily, into message: inout MessageWriter) {
        message.fixedHeader(nfgenmsg(nfgen_family: family.socketFamily, version: UInt8(NFNETLINK_V0), res_id: 0))
    }

    private func encodeTuple(_ type: ctattr_type, _ tuple: Tuple, into message: inout MessageWriter) {
        message.nested(UInt16(type.rawValue)) { nest in
            nest.nested(UInt16(CTA_TUPLE_IP.rawValue)) { addresses in
                let isIPv4 = family == .ipv4
                let source = isIPv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC
                let destination = isIPv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST
                addresses.attribute(UInt16(source.rawValue), address: tuple.source)
                addresses.attribute(UInt16(destination.rawValue), address: tuple.destination)
            }
            nest.nested(UInt16(CTA_TUPLE_PROTO.rawValue)) { ports in
                ports.attribute(UInt16(CTA_PROTO_NUM.rawValue), transport.rawValue)
                ports.attribute(UInt16(CTA_PROTO_SRC_PORT.rawValue), tuple.sourcePort.bigEndian)
                ports.attribute(UInt16(CTA_PROTO_DST_PORT.rawValue), tuple.destinationPort.bigEndian)
            }
        }
    }

    /// Reads the body of a conntrack message; nil for a flow of another protocol, such as ICMP.
    public init?(body: RawSpan) throws(MessageError) {
        var original: (Tuple, TransportProtocol)?
        var reply: (Tuple, TransportProtocol)?
        var flow = Flow(transport: .tcp, original: Self.nothing, reply: Self.nothing)
        var reader = AttributeReader(from: MemoryLayout<nfgenmsg>.size)
        while let attribute = try reader.next(in: body) {
            switch UInt32(attribute.type) {
            case CTA_TUPLE_ORIG.rawValue:
                original = try Self.tuple(attribute, in: body)
                if original == nil { return nil }
            case CTA_TUPLE_REPLY.rawValue: reply = try Self.tuple(attribute, in: body)
            case CTA_STATUS.rawValue: flow.status.rawValue = try body.integer(attribute, as: UInt32.self).bigEndian
            case CTA_TIMEOUT.rawValue: flow.timeout = try body.integer(attribute, as: UInt32.self).bigEndian
            case CTA_MARK.rawValue: flow.mark = try body.integer(attribute, as: UInt32.self).bigEndian
            case CTA_ID.rawValue: flow.id = try body.integer(attribute, as: UInt32.self).bigEndian
            case CTA_ZONE.rawValue: flow.zone = try body.integer(attribute, as: UInt16.self).bigEndian
            default: break
            }
        }
        guard let original, let reply else { return nil }
        flow.transport = original.1
        flow.original = original.0
        flow.reply = reply.0
        self = flow
    }

    private static var nothing: Tuple {
        Tuple(source: .v4(0), destination: .v4(0), sourcePort: 0, destinationPort: 0)
    }

    /// Reads a tuple; nil where it has no ports of a protocol that is known here.
    private static func tuple(
        _ nest: AttributeReader.Attribute,
        in body: RawSpan
    ) throws(MessageError) -> (Tuple, TransportProtocol)? {
        var tuple = nothing
        var transport: TransportProtocol?
        var addressCount = 0
        var reader = AttributeReader(nestedIn: nest)
        while let part = try reader.next(in: body) {
            var inner = AttributeReader(nestedIn: part)
            switch UInt32(part.type) {
            case CTA_TUPLE_IP.rawValue:
                while let attribute = try inner.next(in: body) {
                    switch UInt32(attribute.type) {
                    case CTA_IP_V4_SRC.rawValue, CTA_IP_V6_SRC.rawValue: tuple.source = try body.address(attribute)
                    case CTA_IP_V4_DST.rawValue, CTA_IP_V6_DST.rawValue: tuple.destination = try body.address(attribute)
                    default: continue
                    }
                    addressCount += 1
                }
            case CTA_TUPLE_PROTO.rawValue:
                while let attribute = try inner.next(in: body) {
                    switch UInt32(attribute.type) {
                    case CTA_PROTO_NUM.rawValue: transport = TransportProtocol(rawValue: try body.integer(attribute))
                    case CTA_PROTO_SRC_PORT.rawValue:
                        tuple.sourcePort = try body.integer(attribute, as: UInt16.self).bigEndian
                    case CTA_PROTO_DST_PORT.rawValue:
                        tuple.destinationPort = try body.integer(attribute, as: UInt16.self).bigEndian
                    default: break
                    }
                }
            default: break
            }
        }
        guard let transport, addressCount == 2, tuple.source.family == tuple.destination.family else { return nil }
        return (tuple, transport)
    }
}
