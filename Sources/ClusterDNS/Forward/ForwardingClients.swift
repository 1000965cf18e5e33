public import Addressing

/// Whose questions for names that are not ours are passed on: whoever may ask anything can be made to answer a victim.
public struct ForwardingClients: Sendable, Equatable {
    /// Ranges of addresses.
    public var prefixes: [IPPrefix]
    /// Whether addresses that do not come over the Internet count too, and those of the machine's own subnets.
    public var includesNeighbourhood: Bool

    /// Clients from their parts.
    public init(_ prefixes: [IPPrefix] = [], includesNeighbourhood: Bool = true) {
        self.prefixes = prefixes
        self.includesNeighbourhood = includesNeighbourhood
    }

    /// Those of the neighbourhood, and nobody else.
    public static let neighbourhood = ForwardingClients()
    /// Everybody.
    public static let everybody = ForwardingClients(
        IPFamily.allCases.compactMap { IPPrefix($0 == .ipv4 ? .v4(0) : .v6(high: 0, low: 0), length: 0) }
    )

    /// Whether a client is one of them.
    ///
    /// - Parameter subnets: The machine's own, at the time.
    func contain(_ client: IPAddress, subnets: () -> [IPPrefix]) -> Bool {
        if prefixes.contains(where: { $0.contains(client) }) { return true }
        guard includesNeighbourhood else { return false }
        return Self.privatePrefixes.contains { $0.contains(client) } || subnets().contains { $0.contains(client) }
    }

    /// What is not routed in the Internet: private (RFC 1918), shared (RFC 6598), of the host and of links, and unique
    /// local ones (RFC 4193).
    private static let privatePrefixes = [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "::1/128",
        "fe80::/10", "fc00::/7",
    ].compactMap { IPPrefix($0) }
}
