/// The type of a record, or of what a question asks for (IANA, "Resource Record (RR) TYPEs").
public struct RecordType: RawRepresentable, Sendable, Hashable {
    /// The number in messages.
    public var rawValue: UInt16

    /// The type with this number.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// An IPv4 address.
    public static let a = RecordType(rawValue: 1)
    /// A name server of a zone.
    public static let ns = RecordType(rawValue: 2)
    /// Another name for which to look.
    public static let cname = RecordType(rawValue: 5)
    /// The beginning of a zone.
    public static let soa = RecordType(rawValue: 6)
    /// The name of an address.
    public static let ptr = RecordType(rawValue: 12)
    /// A host that takes mail.
    public static let mx = RecordType(rawValue: 15)
    /// Texts.
    public static let txt = RecordType(rawValue: 16)
    /// An IPv6 address.
    public static let aaaa = RecordType(rawValue: 28)
    /// Host and port of a service (RFC 2782).
    public static let srv = RecordType(rawValue: 33)
    /// What messages say of the extensions that both sides have (RFC 6891).
    public static let opt = RecordType(rawValue: 41)
    /// Changes of a zone (RFC 1995).
    public static let ixfr = RecordType(rawValue: 251)
    /// A whole zone.
    public static let axfr = RecordType(rawValue: 252)
    /// Any type (RFC 8482).
    public static let any = RecordType(rawValue: 255)

    private static let names: [RecordType: String] = [
        .a: "A", .ns: "NS", .cname: "CNAME", .soa: "SOA", .ptr: "PTR", .mx: "MX", .txt: "TXT", .aaaa: "AAAA",
        .srv: "SRV", .opt: "OPT", .ixfr: "IXFR", .axfr: "AXFR", .any: "ANY",
    ]
}

extension RecordType: CustomStringConvertible {
    /// `AAAA`; `TYPE65` for one without a name here (RFC 3597).
    public var description: String { Self.names[self] ?? "TYPE\(rawValue)" }
}
