public import Addressing

/// An address of one of this machine's interfaces.
public struct LocalAddress: Sendable, Hashable {
    /// How far it is valid (`ifa_scope`).
    public enum Scope: Sendable, Hashable {
        /// Everywhere.
        case global
        /// On its link: 169.254.0.0/16, fe80::/10.
        case link
        /// On this machine.
        case host
    }

    /// The interface (`ifindex`).
    public var interface: UInt32
    /// The address.
    public var address: IPAddress
    /// How far it is valid.
    public var scope: Scope
    /// Whether new connections should not begin from it: deprecated, temporary (RFC 8981), or not yet known to be
    /// unique (`IFA_F_DEPRECATED`, `IFA_F_TEMPORARY`, `IFA_F_TENTATIVE`, `IFA_F_DADFAILED`).
    public var isTransient: Bool

    /// That address of that interface.
    public init(interface: UInt32, address: IPAddress, scope: Scope = .global, isTransient: Bool = false) {
        self.interface = interface
        self.address = address
        self.scope = scope
        self.isTransient = isTransient
    }
}

/// A route to everywhere.
public struct DefaultRoute: Sendable, Hashable {
    /// The family it is for.
    public var family: IPFamily
    /// The interface that it leaves by (`ifindex`).
    public var interface: UInt32
    /// Its metric (`RTA_PRIORITY`): the least is used.
    public var metric: UInt32
    /// The source address that it prefers (`RTA_PREFSRC`).
    public var preferredSource: IPAddress?

    /// That route.
    public init(family: IPFamily, interface: UInt32, metric: UInt32 = 0, preferredSource: IPAddress? = nil) {
        self.family = family
        self.interface = interface
        self.metric = metric
        self.preferredSource = preferredSource
    }
}
