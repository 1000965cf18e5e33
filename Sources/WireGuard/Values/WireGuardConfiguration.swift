public import Addressing

/// What a WireGuard device is to be, apart from its peers.
public struct WireGuardConfiguration: Sendable, Hashable {
    /// Its own key.
    public var privateKey: WireGuardSecret
    /// The UDP port that it receives at, in both families, and sends from.
    public var listenPort: UInt16
    /// The mark of its encrypted packets (`fwmark`), by which rules may tell them; nil for none.
    public var firewallMark: UInt32?
    /// The largest packet, in bytes, that it takes: the underlay's less 60 (IPv4) or 80 (IPv6).
    public var mtu: UInt32
    /// Its own addresses.
    public var addresses: Set<Address>

    /// A device from its parts.
    public init(
        privateKey: WireGuardSecret,
        listenPort: UInt16 = 6783,
        firewallMark: UInt32? = nil,
        mtu: UInt32 = 1420,
        addresses: Set<Address> = []
    ) {
        self.privateKey = privateKey
        self.listenPort = listenPort
        self.firewallMark = firewallMark
        self.mtu = mtu
        self.addresses = addresses
    }

    /// An address of the device.
    public struct Address: Sendable, Hashable {
        /// The address.
        public var address: IPAddress
        /// How many bits of it name the subnet that is reached through the device: the kernel makes a route to it.
        public var prefixLength: Int

        /// An address from its parts.
        public init(_ address: IPAddress, prefixLength: Int) {
            self.address = address
            self.prefixLength = prefixLength
        }
    }
}
