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
