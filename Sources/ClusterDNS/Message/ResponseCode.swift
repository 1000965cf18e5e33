/// What became of a question (IANA, "DNS RCODEs"); above 15 only with EDNS.
public struct ResponseCode: RawRepresentable, Sendable, Hashable {
    /// The number, of 12 bits.
    public var rawValue: UInt16

    /// The code with this number; bits that messages have no place for are dropped.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue & 0xfff
    }

    /// The name exists; what was asked of it may not.
    public static let noError = ResponseCode(rawValue: 0)
    /// The question cannot be understood.
    public static let formatError = ResponseCode(rawValue: 1)
    /// Nobody could be asked.
    public static let serverFailure = ResponseCode(rawValue: 2)
    /// There is no such name (NXDOMAIN).
    public static let noSuchName = ResponseCode(rawValue: 3)
    /// Questions of this kind are not answered.
    public static let notImplemented = ResponseCode(rawValue: 4)
    /// The question is not answered to this client.
    public static let refused = ResponseCode(rawValue: 5)
    /// The version of EDNS is unknown (BADVERS).
    public static let badVersion = ResponseCode(rawValue: 16)

    private static let names: [ResponseCode: String] = [
        .noError: "NOERROR", .formatError: "FORMERR", .serverFailure: "SERVFAIL", .noSuchName: "NXDOMAIN",
        .notImplemented: "NOTIMP", .refused: "REFUSED", .badVersion: "BADVERS",
    ]
}

extension ResponseCode: CustomStringConvertible {
    /// `NXDOMAIN`; `RCODE9` for one without a name here.
    public var description: String { Self.names[self] ?? "RCODE\(rawValue)" }
}
