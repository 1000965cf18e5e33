internal import CNetfilter

extension Expression {
    /// Loads bytes of the packet into registers (`payload`); they stay in the packet's order, network order for most
    /// fields.
    public struct Payload: Sendable, Hashable {
        /// What ``offset`` counts from (`NFT_PAYLOAD_*_HEADER`).
        public enum Base: UInt32, Sendable, Hashable {
            /// The Ethernet header.
            case link = 0
            /// The IPv4 or IPv6 header.
            case network = 1
            /// The TCP, UDP, SCTP… header.
            case transport = 2
            /// What follows the transport header. Linux 6.1.
            case inner = 3
        }

        /// What ``offset`` counts from.
        public var base: Base
        /// In bytes.
        public var offset: UInt32
        /// In bytes.
        public var byteCount: UInt32
        /// First register that is filled.
        public var destination: Register

        /// Loads `byteCount` bytes at `offset`.
        public init(_ base: Base, offset: UInt32, byteCount: UInt32, into destination: Register) {
            self.base = base
            self.offset = offset
            self.byteCount = byteCount
            self.destination = destination
        }
    }
}

extension Expression.Payload: ExpressionCodec {
    static let kernelName = "payload"

    func encode(into handle: ExpressionHandle) {
        handle.set(NFTNL_EXPR_PAYLOAD_BASE, base.rawValue)
        handle.set(NFTNL_EXPR_PAYLOAD_OFFSET, offset)
        handle.set(NFTNL_EXPR_PAYLOAD_LEN, byteCount)
        handle.set(NFTNL_EXPR_PAYLOAD_DREG, destination)
    }

    init?(_ handle: ExpressionHandle) {
        // Without a destination it writes to the packet, which this library has no value for.
        guard let base = handle.uint32(NFTNL_EXPR_PAYLOAD_BASE).flatMap(Base.init(rawValue:)),
            let offset = handle.uint32(NFTNL_EXPR_PAYLOAD_OFFSET),
            let byteCount = handle.uint32(NFTNL_EXPR_PAYLOAD_LEN),
            let destination = handle.register(NFTNL_EXPR_PAYLOAD_DREG)
        else { return nil }
        self.init(base, offset: offset, byteCount: byteCount, into: destination)
    }
}
