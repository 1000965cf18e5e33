public import Addressing

/// What a record says of its name.
public enum RecordData: Sendable, Hashable {
    /// A or AAAA.
    case address(IPAddress)
    /// A name server of the zone.
    case nameServer(DNSName)
    /// The name that stands for this one.
    case alias(DNSName)
    /// The beginning of a zone.
    case authority(StartOfAuthority)
    /// The name of an address.
    case pointer(DNSName)
    /// A host that takes mail.
    case mail(preference: UInt16, host: DNSName)
    /// Texts, each of at most 255 bytes.
    case text([[UInt8]])
    /// Host and port of a service.
    case service(ServiceLocation)
    /// A record of another type; names in its bytes are not compressed.
    case other(RecordType, [UInt8])

    /// The type of the record.
    public var type: RecordType {
        switch self {
        case .address(let address): address.family == .ipv4 ? .a : .aaaa
        case .nameServer: .ns
        case .alias: .cname
        case .authority: .soa
        case .pointer: .ptr
        case .mail: .mx
        case .text: .txt
        case .service: .srv
        case .other(let type, _): type
        }
    }
}

/// What a zone says of itself (RFC 1035, 3.3.13).
public struct StartOfAuthority: Sendable, Hashable {
    /// The server that has the zone first.
    public var server: DNSName
    /// Who looks after it, as a name: the first label before an `@`.
    public var mailbox: DNSName
    /// The version of the zone.
    public var serial: UInt32
    /// Seconds after which other servers look for a new version.
    public var refresh: UInt32
    /// Seconds after which they try again.
    public var retry: UInt32
    /// Seconds after which they give up.
    public var expire: UInt32
    /// Seconds for which it may be remembered that something is not there (RFC 2308).
    public var minimum: UInt32

    /// A beginning of a zone from its parts.
    public init(
        server: DNSName,
        mailbox: DNSName,
        serial: UInt32,
        refresh: UInt32,
        retry: UInt32,
        expire: UInt32,
        minimum: UInt32
    ) {
        self.server = server
        self.mailbox = mailbox
        self.serial = serial
        self.refresh = refresh
        self.retry = retry
        self.expire = expire
        self.minimum = minimum
    }
}

/// Where a service is (RFC 2782).
public struct ServiceLocation: Sendable, Hashable {
    /// Lower is asked first.
    public var priority: UInt16
    /// The share of clients among those of one priority.
    public var weight: UInt16
    /// The port.
    public var port: UInt16
    /// The host.
    public var target: DNSName

    /// A location from its parts.
    public init(priority: UInt16 = 0, weight: UInt16, port: UInt16, target: DNSName) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }
}
