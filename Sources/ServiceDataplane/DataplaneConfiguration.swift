public import Addressing

/// What does not change while the proxy runs: the names and marks that the layout is made with.
public struct DataplaneConfiguration: Hashable, Sendable {
    /// The family of the table: `ip` or `ip6`.
    public var family: IPFamily
    /// Name of the table in both families.
    public var tableName: String
    /// The packet-mark bit that asks for masquerading, as a mask: `1 << masqueradeBit`.
    public var masqueradeMark: UInt32
    /// Masquerade ClusterIP traffic whoever sent it.
    public var masqueradeAll: Bool
    /// How a pod's packet is recognised.
    public var podDetector: PodDetector

    /// A configuration; the defaults are upstream's (bit 14) with no pod detector.
    public init(
        family: IPFamily,
        tableName: String = "trama",
        masqueradeMark: UInt32 = 1 << 14,
        masqueradeAll: Bool = false,
        podDetector: PodDetector = .none
    ) {
        self.family = family
        self.tableName = tableName
        self.masqueradeMark = masqueradeMark
        self.masqueradeAll = masqueradeAll
        self.podDetector = podDetector
    }
}
