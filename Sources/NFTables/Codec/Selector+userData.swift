internal import Addressing

/// The numbers by which nft describes an expression in a set's user data.
///
/// They are nft's own (`enum expr_types`, `enum proto_desc_id`, header fields in the order of nft's protocol tables),
/// the same since 0.9.4; taken from what nft 1.0.6 writes.
private enum Described {
    /// `enum expr_types`.
    static let payload: UInt32 = 7
    static let meta: UInt32 = 9
    static let conntrack: UInt32 = 12
    static let concatenation: UInt32 = 13
    static let numberGenerator: UInt32 = 23

    /// Fields of a description: the kind of expression, and what it needs besides.
    static let kind: UInt8 = 0
    static let content: UInt8 = 1

    /// `enum proto_desc_id`.
    static let transportHeader: UInt32 = 11
    static let ipv4Header: UInt32 = 12
    static let ipv6Header: UInt32 = 13
}

extension Selector {
    /// The description of this expression.
    fileprivate var userData: UserData {
        switch self {
        case .sourceAddress(.ipv4): Self.payload(Described.ipv4Header, field: 11)
        case .destinationAddress(.ipv4): Self.payload(Described.ipv4Header, field: 12)
        case .sourceAddress(.ipv6): Self.payload(Described.ipv6Header, field: 8)
        case .destinationAddress(.ipv6): Self.payload(Described.ipv6Header, field: 9)
        case .sourcePort: Self.payload(Described.transportHeader, field: 1)
        case .destinationPort: Self.payload(Described.transportHeader, field: 2)
        case .transportProtocol:
            Self.describe(Described.meta, [Expression.Meta.Key.transportProtocol.rawValue])
        case .mark:
            Self.describe(Described.meta, [Expression.Meta.Key.mark.rawValue])
        case .randomNumber(let modulus):
            Self.describe(
                Described.numberGenerator,
                [Expression.NumberGenerator.Kind.random.rawValue, modulus, 0]
            )
        case .originalDestinationAddress(.ipv4): Self.conntrack(.destinationIPv4)
        case .originalDestinationAddress(.ipv6): Self.conntrack(.destinationIPv6)
        case .originalDestinationPort: Self.conntrack(.destinationPort)
        }
    }

    /// The expression so described; nil for one that there is no selector for.
    fileprivate init?(userData: UserData) {
        guard let kind = userData.number(Described.kind), let content = userData.nested(Described.content) else {
            return nil
        }
        switch (kind, content.number(0), content.number(1)) {
        case (Described.payload, Described.ipv4Header, 11): self = .sourceAddress(.ipv4)
        case (Described.payload, Described.ipv4Header, 12): self = .destinationAddress(.ipv4)
        case (Described.payload, Described.ipv6Header, 8): self = .sourceAddress(.ipv6)
        case (Described.payload, Described.ipv6Header, 9): self = .destinationAddress(.ipv6)
        case (Described.payload, Described.transportHeader, 1): self = .sourcePort
        case (Described.payload, Described.transportHeader, 2): self = .destinationPort
        case (Described.meta, Expression.Meta.Key.transportProtocol.rawValue, _): self = .transportProtocol
        case (Described.meta, Expression.Meta.Key.mark.rawValue, _): self = .mark
        case (Described.numberGenerator, Expression.NumberGenerator.Kind.random.rawValue, let modulus?)
        where content.number(2) ?? 0 == 0:
            self = .randomNumber(modulus: modulus)
        case (Described.conntrack, Expression.Conntrack.Key.destinationIPv4.rawValue, 0):
            self = .originalDestinationAddress(.ipv4)
        case (Described.conntrack, Expression.Conntrack.Key.destinationIPv6.rawValue, 0):
            self = .originalDestinationAddress(.ipv6)
        case (Described.conntrack, Expression.Conntrack.Key.destinationPort.rawValue, 0):
            self = .originalDestinationPort
        default: return nil
        }
    }

    private static func payload(_ header: UInt32, field: UInt32) -> UserData {
        describe(Described.payload, [header, field])
    }

    private static func conntrack(_ key: Expression.Conntrack.Key) -> UserData {
        describe(Described.conntrack, [key.rawValue, UInt32(Expression.Conntrack.Direction.original.rawValue)])
    }

    private static func describe(_ kind: UInt32, _ numbers: [UInt32]) -> UserData {
        var content = UserData()
        for (type, number) in numbers.enumerated() { content.append(UInt8(type), number) }
        return .describing(kind, content)
    }
}

extension [Selector] {
    /// The description of a key or value made of these fields.
    var userData: UserData {
        if count == 1 { return self[0].userData }
        var content = UserData()
        for (index, selector) in enumerated() { content.append(UInt8(truncatingIfNeeded: index), selector.userData) }
        return .describing(Described.concatenation, content)
    }

    /// The fields so described; nil where one is unknown, or there is none.
    init?(userData: UserData) {
        guard userData.number(Described.kind) == Described.concatenation else {
            guard let selector = Selector(userData: userData) else { return nil }
            self = [selector]
            return
        }
        guard let content = userData.nested(Described.content) else { return nil }
        self = []
        for index in 0..<UInt8(clamping: content.fields.count) {
            guard let selector = content.nested(index).flatMap(Selector.init(userData:)) else { return nil }
            append(selector)
        }
        // nft before 1.1 describes a concatenation of types so, without fields.
        if isEmpty { return nil }
    }
}

extension UserData {
    fileprivate static func describing(_ kind: UInt32, _ content: UserData) -> UserData {
        var data = UserData()
        data.append(Described.kind, kind)
        data.append(Described.content, content)
        return data
    }
}
