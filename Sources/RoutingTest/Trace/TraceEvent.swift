import Addressing
import Netlink

/// One step of a packet through the rules, as the kernel tells those who trace it (`NFT_MSG_TRACE`,
/// `include/uapi/linux/netfilter/nf_tables.h`, "nft_trace_attributes").
struct TraceEvent: Sendable, Equatable {
    /// What kind of step.
    enum Kind: UInt32, Sendable {
        /// A base chain came to its end, and its policy counts.
        case policy = 1
        /// A chain came to its end, and the one before it goes on.
        case `return` = 2
        /// A rule was gone through.
        case rule = 3
    }

    /// What a rule, or a policy, decided.
    enum Decision: Sendable, Equatable {
        case accept, drop, next, `return`
        case jump(String)
        case goto(String)
        /// Another verdict: `NF_QUEUE`, `NF_STOLEN`, a failed look-up.
        case other(Int32)
    }

    /// Where a packet comes from and goes to.
    struct Packet: Sendable, Equatable {
        var source: IPAddress
        var sourcePort: UInt16
        var destination: IPAddress
        var destinationPort: UInt16
    }

    /// Equal for all steps of one packet.
    var packetID: UInt32
    var kind: Kind
    var table: String
    var chain: String
    /// The rule; nil for other kinds.
    var ruleHandle: UInt64?
    var decision: Decision
    /// Told with the first step in each base chain.
    var packet: Packet?

    /// Number of the message, and of the group that gets it.
    static let messageType: UInt16 = 10 << 8 | 17  // NFNL_SUBSYS_NFTABLES, NFT_MSG_TRACE
    static let group: UInt32 = 9  // NFNLGRP_NFTRACE

    /// Reads a message's body; nil for a step of no known kind.
    init?(body: RawSpan) throws(MessageError) {
        var numbers: [UInt16: UInt32] = [:]
        var names: [UInt16: String] = [:]
        var network: [UInt8] = []
        var transport: [UInt8] = []
        var handle: UInt64?
        var decision: Decision?
        var attributes = AttributeReader(from: 4)  // struct nfgenmsg
        while let attribute = try attributes.next(in: body) {
            switch attribute.type {
            case 1, 2: names[attribute.type] = try body.string(attribute)  // NFTA_TRACE_TABLE, _CHAIN
            case 3: handle = try body.integer(attribute, as: UInt64.self).bigEndian  // NFTA_TRACE_RULE_HANDLE
            case 4, 6, 16:  // NFTA_TRACE_TYPE, _ID, _POLICY
                numbers[attribute.type] = try body.integer(attribute, as: UInt32.self).bigEndian
            case 5: decision = try Self.decision(attribute, in: body)  // NFTA_TRACE_VERDICT
            case 8: network = try body.bytes(attribute)  // NFTA_TRACE_NETWORK_HEADER
            case 9: transport = try body.bytes(attribute)  // NFTA_TRACE_TRANSPORT_HEADER
            default: break
            }
        }
        guard let kind = numbers[4].flatMap({ Kind(rawValue: $0) }), let id = numbers[6] else { return nil }
        packetID = id
        self.kind = kind
        table = names[1] ?? ""
        chain = names[2] ?? ""
        ruleHandle = handle
        self.decision = decision ?? numbers[16].map { $0 == 0 ? .drop : .accept } ?? .next
        packet = Packet(network: network, transport: transport)
    }

    init(
        packetID: UInt32,
        kind: Kind,
        table: String,
        chain: String,
        ruleHandle: UInt64? = nil,
        decision: Decision,
        packet: Packet? = nil
    ) {
        self.packetID = packetID
        self.kind = kind
        self.table = table
        self.chain = chain
        self.ruleHandle = ruleHandle
        self.decision = decision
        self.packet = packet
    }

    private static func decision(
        _ attribute: AttributeReader.Attribute,
        in body: RawSpan
    ) throws(MessageError) -> Decision {
        var code: Int32 = 0
        var chain = ""
        var nested = AttributeReader(nestedIn: attribute)
        while let inner = try nested.next(in: body) {
            switch inner.type {
            case 1: code = Int32(bitPattern: try body.integer(inner, as: UInt32.self).bigEndian)  // NFTA_VERDICT_CODE
            case 2: chain = try body.string(inner)  // NFTA_VERDICT_CHAIN
            default: break
            }
        }
        return switch code {
        case 0: .drop
        case 1: .accept
        case -1, -2: .next  // NFT_CONTINUE, NFT_BREAK
        case -3: .jump(chain)
        case -4: .goto(chain)
        case -5: .return
        default: .other(code)
        }
    }
}

extension TraceEvent.Packet {
    /// Reads an IPv4 or IPv6 header and the first bytes of a transport's; nil where they are cut off.
    init?(network: [UInt8], transport: [UInt8]) {
        guard let first = network.first, transport.count >= 4 else { return nil }
        let (source, destination) = first >> 4 == 4 ? (12..<16, 16..<20) : (8..<24, 24..<40)
        guard network.count >= destination.upperBound, let from = IPAddress(networkBytes: network[source]),
            let to = IPAddress(networkBytes: network[destination])
        else { return nil }
        func port(_ offset: Int) -> UInt16 { UInt16(transport[offset]) << 8 | UInt16(transport[offset + 1]) }
        self.init(source: from, sourcePort: port(0), destination: to, destinationPort: port(2))
    }
}
