extension Expression {
    /// Translates the source to the address of the interface that the packet leaves by (`masq`).
    public struct Masquerade: Sendable, Hashable {
        /// How the new source port is chosen.
        public var flags: NAT.Flags

        /// Translates.
        public init(flags: NAT.Flags = []) {
            self.flags = flags
        }
    }
}
